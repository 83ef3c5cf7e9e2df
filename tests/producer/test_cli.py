import json
import os
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from contracts.settings import Settings
from contracts.store.catalogue import CatalogueStore
from contracts.store.connection import connect, forget
from reelstream.__main__ import main
from tests.builders import movielens
from tests.producer.killed import command

ROW = "1,10,4.0,978300000\n"


@dataclass
class Command:
    """The command line `reelstream producer …`, run in this process."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, and what was said on stdout and stderr."""
        self.monkeypatch.setattr(sys, "argv", ["reelstream", "producer", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code or 0
        assert isinstance(code, int)
        said = self.capsys.readouterr()
        return code, said.out, said.err

    def refused(self, code: int, what: str, *arguments: str) -> bool:
        """Whether it ends with this code and one line that says this."""
        ended, out, err = self(*arguments)
        line, *more = err.splitlines() or [""]
        fine = (ended, out, more) == (code, "", []) and line.startswith("error: ") and what in line
        assert fine, (ended, out, err)
        return fine


@pytest.fixture
def producer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setenv("REELSTREAM_KAFKA", "127.0.0.1:1")
    return Command(monkeypatch, capsys)


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return movielens(tmp_path / "release", ROW)


# C01: usage


def test_help_ends_well(producer: Command) -> None:
    code, said, _ = producer("replay", "--help")

    assert (code, "time order" in said) == (0, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("replay",),
        ("replay", ".", "--unknown"),
        ("replay", ".", "--password", "hunter2"),
        ("replay", ".", "--limit", "0"),
        ("replay", ".", "--limit", "-5"),
        ("replay", ".", "--clock", "mine"),
        ("rate", "7", "10"),
        ("rate", "x", "10", "4"),
    ],
)
def test_what_the_command_line_does_not_know_is_a_usage_error(
    producer: Command, arguments: tuple[str, ...]
) -> None:
    code, _, said = producer(*arguments)

    assert code == 2
    assert "Usage" in said
    assert "hunter2" not in said


def test_the_nearest_option_is_suggested(producer: Command) -> None:
    _, _, said = producer("replay", ".", "--limt", "5")

    assert "--limit" in said


# C02: paths


def test_a_path_where_nothing_is(producer: Command, tmp_path: Path) -> None:
    assert producer.refused(2, f"{tmp_path}/none is not there", "replay", str(tmp_path / "none"))


def test_a_folder_without_ratings(producer: Command, tmp_path: Path) -> None:
    assert producer.refused(2, "holds no ratings", "replay", str(tmp_path))


def test_a_path_that_is_no_file(producer: Command, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert producer.refused(2, "neither a file nor a folder", "replay", str(tmp_path / "pipe"))
    assert producer.refused(2, "neither a file nor a folder", "replay", "/dev/zero")


# C03, D24: nothing to send


@pytest.mark.parametrize("content", ["", "userId,movieId,rating,timestamp\n"])
def test_a_file_without_ratings(producer: Command, tmp_path: Path, content: str) -> None:
    (tmp_path / "ratings.csv").write_text(content)

    assert producer.refused(3, "0 ratings", "replay", str(tmp_path))
    assert producer("replay", str(tmp_path), "--allow-empty")[0] == 0
    assert producer("replay", str(tmp_path), "--allow-empty", "--dry-run")[:2] == (0, "")


def test_a_file_of_rejected_rows_alone_gives_their_reasons(
    producer: Command, tmp_path: Path
) -> None:
    movielens(tmp_path, "1,10,7.0,978300000\n" * 999 + "x,10,4.0,978300000\n")

    what = "0 ratings; 1000 rows rejected (999 rating, 1 id), first line 2: '7.0'"
    assert producer.refused(3, what, "replay", str(tmp_path), "--max-rejects", "1000")


# C04 to C06: paces and spans


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "inf", "1e12", "fast", ""])
def test_a_rate_that_is_none(producer: Command, release: Path, rate: str) -> None:
    assert producer.refused(2, "(--rate)", "replay", str(release), "--rate", rate)


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "inf", "1e12"])
def test_a_speed_that_is_none(producer: Command, release: Path, speed: str) -> None:
    assert producer.refused(2, "(--speed)", "replay", str(release), "--speed", speed)


def test_a_rate_and_a_speed_are_too_much(producer: Command, release: Path) -> None:
    paces = ("--rate", "5", "--speed", "5")

    assert producer.refused(2, "both a rate and a speed", "replay", str(release), *paces)


def test_an_empty_span(producer: Command, release: Path) -> None:
    span = ("--from", "90%", "--until", "10%")

    assert producer.refused(2, "no row of 1 lies between", "replay", str(release), *span)


def test_a_limit_beyond_the_rows_means_all(producer: Command, release: Path) -> None:
    code, written, _ = producer("replay", str(release), "--limit", "99", "--dry-run")

    assert (code, written.count("\n")) == (0, 1)


# C07, C08: addresses


@pytest.mark.parametrize(
    "address",
    ["", "broker", "broker:0", "broker:70000", "http://broker:9092", "bro ker:9092", "::1:9092",
     ",".join(f"broker{n}:9092" for n in range(1000))],
)  # fmt: skip
def test_an_address_that_is_none(
    producer: Command, release: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("REELSTREAM_KAFKA", address)

    assert producer.refused(2, "REELSTREAM_KAFKA=", "replay", str(release))


@pytest.mark.usefixtures("producer")
def test_where_nobody_listens_all_rows_are_said_to_be_unsent(release: Path) -> None:
    began = time.monotonic()

    done = subprocess.run(command(release), capture_output=True, text=True, check=False, timeout=60)

    assert (done.returncode, done.stderr.count("\n")) == (4, 1)
    assert "1 rows unsent (REELSTREAM_KAFKA)" in done.stderr
    assert time.monotonic() - began < 30


# C09: topics


@pytest.mark.parametrize("prefix", ["__a.", "a b.", "ä.", "x" * 250, "a/b."])
def test_a_prefix_that_makes_no_topic(
    producer: Command, release: Path, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    monkeypatch.setenv("REELSTREAM_TOPIC_PREFIX", prefix)

    assert producer.refused(2, "REELSTREAM_TOPIC_PREFIX=", "replay", str(release))


# C13: whoever reads leaves


def test_a_reader_that_leaves_ends_a_dry_run_without_a_word(tmp_path: Path) -> None:
    movielens(tmp_path, ROW * 20_000)
    process = subprocess.Popen(
        command(tmp_path, "--dry-run"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    assert process.stderr

    first = process.stdout.readline()
    process.stdout.close()

    assert process.wait(30) == 128 + 13
    assert first.startswith(b'{"v":1')
    assert process.stderr.read() == b""
    process.stderr.close()


# C15: the ledger's place


def test_a_ledger_that_cannot_be_kept(producer: Command, release: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ledger = str(tmp_path / "file" / "ledger")

    assert producer.refused(6, f"{ledger}: ", "replay", str(release), "--ledger", ledger)


# C17: names and terminals


@pytest.mark.parametrize("name", ["two\nlines", "🎬", "-dash", "with space", "ünï"])
def test_strange_names_are_read_and_escaped_in_messages(
    producer: Command, tmp_path: Path, name: str
) -> None:
    good, bad = tmp_path / "good" / name, tmp_path / "bad" / name
    movielens(good, ROW)
    movielens(bad, "x,10,4.0,978300000\n")

    assert producer("replay", str(good), "--dry-run")[0] == 0
    assert producer.refused(3, "1 rows rejected", "replay", str(bad))


def test_a_terminal_that_knows_only_ascii_is_no_obstacle(tmp_path: Path) -> None:
    movielens(tmp_path / "ünï", "x,10,4.0,978300000\n")

    done = subprocess.run(
        command(tmp_path / "ünï"),
        env={**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"},  # noqa: TID251
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert (done.returncode, done.stderr.count("\n")) == (3, 1)


# C18: clocks


def test_a_clock_before_2020_is_warned_of_and_changes_no_byte(
    producer: Command, release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, before, _ = producer("replay", str(release), "--dry-run")
    monkeypatch.setattr("contracts.clock.now_ms", lambda: 0)

    code, after, said = producer("replay", str(release), "--dry-run")

    assert (code, after) == (0, before)
    assert said == "warning: the clock says a year before 2020\n"


# Rows


def test_a_rejected_row_is_named_by_its_line(producer: Command, tmp_path: Path) -> None:
    movielens(tmp_path, ROW + "1,10,11,978300000\n")

    what = "ratings.csv: 1 rows rejected (1 rating), first line 3: '11'"
    assert producer.refused(3, what, "replay", str(tmp_path))


def test_as_many_rejected_rows_as_allowed_are_left_out(producer: Command, tmp_path: Path) -> None:
    movielens(tmp_path, ROW + "junk\n")

    code, written, _ = producer("replay", str(tmp_path), "--max-rejects", "1", "--dry-run")

    assert (code, written.count("\n")) == (0, 1)


def test_a_dry_run_is_the_same_every_time(producer: Command, tmp_path: Path) -> None:
    movielens(tmp_path, "".join(f"{n},10,4.0,{978300000 - n}\n" for n in range(1, 50)))

    first, second = (producer("replay", str(tmp_path), "--dry-run")[1] for _ in range(2))

    assert first == second
    assert first.count("\n") == 49


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("0", "10", "4"), "user 0"),
        (("7", "2147483648", "4"), "movie 2147483648"),
        (("7", "10", "5.5"), "5.5 stars"),
        (("7", "10", "3.7"), "3.7 stars"),
        (("7", "10", "nan"), "nan stars"),
    ],
)
def test_a_rating_that_cannot_be(producer: Command, arguments: tuple[str, ...], what: str) -> None:
    assert producer.refused(2, what, "rate", *arguments)


def test_generating_into_a_folder_that_holds_something(producer: Command, release: Path) -> None:
    assert producer.refused(2, "is there already", "generate", str(release))


@pytest.mark.parametrize(
    "options", [("--resume",), ("--ledger", "x"), ("--rate", "5"), ("--speed", "5")]
)
def test_a_dry_run_has_neither_pace_nor_ledger(
    producer: Command, release: Path, options: tuple[str, ...]
) -> None:
    assert producer.refused(
        2, "a dry run has no pace", "replay", str(release), "--dry-run", *options
    )


def test_nothing_to_send_is_said_to_programs_too(producer: Command, tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").touch()

    code, said, _ = producer("replay", str(tmp_path), "--allow-empty", "--json")

    assert (code, json.loads(said)["total"]) == (0, 0)


def test_a_disk_without_room_for_sorting(tmp_path: Path) -> None:
    movielens(tmp_path, "".join(f"{n},10,4.0,{978300000 + n}\n" for n in range(1, 50_000)))
    replay = shlex.join(command(tmp_path, "--dry-run"))

    done = subprocess.run(
        ["bash", "-c", f"ulimit -f 200; {replay}"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert (done.returncode, done.stderr.count("\n")) == (22, 1), done.stderr
    assert "the ratings cannot be sorted in" in done.stderr


@pytest.mark.integration
def test_a_catalogue_is_published_again_from_its_file(
    producer: Command, release: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("redis_url", "key_prefix", "state"):
        monkeypatch.setenv(f"REELSTREAM_{name.upper()}", str(getattr(settings, name)))
    (release / "movies.csv").write_text("movieId,title,genres\n10,GoldenEye (1995),Action\n")
    client = connect(settings.redis_url, timeout_s=5)
    store = CatalogueStore(client, settings.keys)
    code, _, _ = producer("catalogue", str(release))
    published = store.read()
    forget(client, settings.key_prefix)

    again = producer("catalogue", "--json")

    assert (code, again) == (0, (0, '{"movies":1,"personas":0}\n', ""))
    assert published
    assert store.read() == published


def test_a_catalogue_that_was_never_made_cannot_be_published_again(
    producer: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELSTREAM_STATE", str(tmp_path))

    assert producer.refused(2, "no catalogue is kept", "catalogue")

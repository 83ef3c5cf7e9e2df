"""`producer replay`: what it reads, what it rejects, and how it ends."""

import json
import os
import shlex
import subprocess
import time
from pathlib import Path

import pytest

from harness.builders import movielens
from harness.producer.killed_replays import command
from tests.producer.builders import ROW
from tests.producer.command_runner import Command


def test_a_path_where_nothing_is(producer: Command, tmp_path: Path) -> None:
    assert producer.refused(2, f"{tmp_path}/none does not exist", "replay", str(tmp_path / "none"))


def test_a_folder_without_ratings(producer: Command, tmp_path: Path) -> None:
    assert producer.refused(2, "holds no ratings", "replay", str(tmp_path))


def test_a_path_that_is_no_file(producer: Command, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert producer.refused(2, "neither a file nor a folder", "replay", str(tmp_path / "pipe"))
    assert producer.refused(2, "neither a file nor a folder", "replay", "/dev/zero")


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


@pytest.mark.slow
@pytest.mark.usefixtures("producer")
def test_where_nobody_listens_all_rows_are_said_to_be_unsent(release: Path) -> None:
    began = time.monotonic()

    done = subprocess.run(command(release), capture_output=True, text=True, check=False, timeout=60)

    assert (done.returncode, done.stderr.count("\n")) == (4, 1)
    assert "1 rows unsent (REELSTREAM_KAFKA)" in done.stderr
    assert time.monotonic() - began < 30


@pytest.mark.slow
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


@pytest.mark.parametrize("name", ["two\nlines", "🎬", "-dash", "with space", "ünï"])
def test_strange_names_are_read_and_escaped_in_messages(
    producer: Command, tmp_path: Path, name: str
) -> None:
    good, bad = tmp_path / "good" / name, tmp_path / "bad" / name
    movielens(good, ROW)
    movielens(bad, "x,10,4.0,978300000\n")

    assert producer("replay", str(good), "--dry-run")[0] == 0
    assert producer.refused(3, "1 rows rejected", "replay", str(bad))


@pytest.mark.slow
def test_a_terminal_that_knows_only_ascii_is_no_obstacle(tmp_path: Path) -> None:
    movielens(tmp_path / "ünï", "x,10,4.0,978300000\n")

    done = subprocess.run(
        command(tmp_path / "ünï"),
        env={**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"},  # noqa: TID251
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert (done.returncode, done.stderr.count("\n")) == (3, 1)


def test_a_clock_before_2020_is_warned_of_and_changes_no_byte(
    producer: Command, release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, before, _ = producer("replay", str(release), "--dry-run")
    monkeypatch.setattr("producer.wiring.now_ms", lambda: 0)

    code, after, said = producer("replay", str(release), "--dry-run")

    assert (code, after) == (0, before)
    assert said == "warning: the clock is set to a year before 2020\n"


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


def test_nothing_to_send_is_said_to_programs_too(producer: Command, tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").touch()

    code, said, _ = producer("replay", str(tmp_path), "--allow-empty", "--json")

    assert (code, json.loads(said)["total"]) == (0, 0)


@pytest.mark.slow
def test_a_disk_without_room_for_sorting(tmp_path: Path) -> None:
    movielens(tmp_path, "".join(f"{n},10,4.0,{978300000 + n}\n" for n in range(1, 50_000)))
    replay = shlex.join(command(tmp_path, "--dry-run"))

    done = subprocess.run(
        ["bash", "-c", f"ulimit -f 200; {replay}"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert (done.returncode, done.stderr.count("\n")) == (22, 1), done.stderr
    assert "the ratings cannot be sorted in" in done.stderr

"""Replays into a real Kafka, as their own processes."""

import json
import random
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from contracts.settings import Settings
from harness.builders import movielens
from harness.eventually import eventually
from harness.producer.killed_replays import (
    Record,
    Row,
    Verdict,
    command,
    judged,
    records_of,
    replay_with_kills,
    rows_of,
)
from harness.reelstream.command_runner import reelstream

pytestmark = pytest.mark.integration

BEGINS_WITHIN_S = 60
WINDOW = 32_768
"""What a crash may repeat, as the pages say."""
EXACT = Verdict(missing=0, foreign=0, repeated=0, late=0)
T = 978_300_000
ROWS: list[Row] = [(n, n + 1, 10, 4.0, f"2001-01-01T00:00:0{n}.000Z") for n in range(4)]


@dataclass(frozen=True)
class Bench:
    """A topic of its own, and `reelstream producer` beside it."""

    settings: Settings
    environment: Mapping[str, str]

    def replay(self, data: Path, *options: str) -> "subprocess.CompletedProcess[str]":
        return self.run(command(data, *options))

    def run(self, words: list[str]) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            words, env=dict(self.environment), capture_output=True, text=True, check=False,
            timeout=120,
        )  # fmt: skip

    def records(self) -> list[Record]:
        return records_of(self.settings.kafka, self.settings.topics.ratings)


@pytest.fixture
def bench(settings: Settings, environment: dict[str, str]) -> Bench:
    made = Bench(settings, environment)
    done = made.run(reelstream("topics"))
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return movielens(tmp_path / "tiny", "".join(f"{n},10,4.0,{T + n}\n" for n in range(1, 9)))


def test_all_of_a_release_is_read_back_exactly_in_time_order(bench: Bench, data: Path) -> None:
    done = bench.replay(data)

    assert done.returncode == 0, done.stderr
    assert judged(bench.records(), rows_of(data)) == EXACT


def test_a_replay_that_is_killed_ten_times_leaves_no_gap(
    bench: Bench, data: Path, tmp_path: Path
) -> None:
    ledger, chance = tmp_path / "ledger", random.Random(5)

    hit, _ = replay_with_kills(data, bench.environment, ledger, 10, chance, (0.4, 2.2))

    found = judged(bench.records(), rows_of(data))

    assert hit > 0
    assert (found.missing, found.foreign, found.late) == (0, 0, 0)
    assert found.repeated <= hit * WINDOW


def test_a_replay_that_is_done_sends_nothing_when_it_is_resumed(bench: Bench, tiny: Path) -> None:
    bench.replay(tiny)

    again = bench.replay(tiny, "--resume")

    assert (again.returncode, "8 of 8 rows" in again.stdout) == (0, True)
    assert len(bench.records()) == 8


def test_without_resume_a_replay_begins_again_with_the_same_ids(bench: Bench, tiny: Path) -> None:
    for _ in range(2):
        bench.replay(tiny)

    ids = [one.event_id for one in bench.records()]

    assert (len(ids), len(set(ids))) == (16, 8)


def test_the_wall_clock_changes_times_and_no_ids(bench: Bench, tiny: Path) -> None:
    bench.replay(tiny)
    bench.replay(tiny, "--clock", "now")

    records = bench.records()

    assert len({one.event_id for one in records}) == 8
    assert len({one.row[4][:4] for one in records}) == 2


def test_a_dry_run_writes_the_very_bytes_that_kafka_gets(bench: Bench, tiny: Path) -> None:
    written = [json.loads(line) for line in bench.replay(tiny, "--dry-run").stdout.splitlines()]
    bench.replay(tiny)

    assert [one["event_id"] for one in written] == sorted(o.event_id for o in bench.records())


@pytest.mark.parametrize(
    ("change", "what"),
    [("data", "another data"), ("clock", "another clock"), ("until", "another until"),
     ("topic", "another topic")],
)  # fmt: skip
def test_a_ledger_of_another_replay_is_refused_and_nothing_sent(
    bench: Bench, tiny: Path, tmp_path: Path, change: str, what: str
) -> None:
    ledger = ("--ledger", str(tmp_path / "ledger"), "--resume")
    bench.replay(tiny, *ledger)
    other = {"data": movielens(tmp_path / "other", f"1,10,4.0,{T}\n")}.get(change, tiny)
    options = {"clock": ("--clock", "now"), "until": ("--until", "50%")}.get(change, ())
    if change == "topic":
        prefix = f"{bench.settings.topic_prefix}other."
        bench = Bench(
            bench.settings.model_copy(update={"topic_prefix": prefix}),
            {**bench.environment, "REELSTREAM_TOPIC_PREFIX": prefix},
        )
        bench.run(reelstream("topics"))

    refused = bench.replay(other, *ledger, *options)

    assert (refused.returncode, refused.stderr.count("\n")) == (5, 1)
    assert what in refused.stderr
    assert len(bench.records()) == (0 if change == "topic" else 8)


def test_a_damaged_ledger_is_refused_and_nothing_sent(
    bench: Bench, tiny: Path, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger"
    bench.replay(tiny, "--ledger", str(ledger))
    ledger.write_bytes(ledger.read_bytes()[:-20])

    refused = bench.replay(tiny, "--ledger", str(ledger), "--resume")

    assert (refused.returncode, refused.stderr.count("\n")) == (6, 1)
    assert len(bench.records()) == 8


def test_two_producers_of_one_ledger_are_one_too_many(
    bench: Bench, tiny: Path, tmp_path: Path
) -> None:
    options = ("--ledger", str(tmp_path / "ledger"), "--rate", "1")
    first = subprocess.Popen(command(tiny, *options), env=dict(bench.environment))
    try:
        begun(first, tmp_path / "ledger")
        second = bench.replay(tiny, *options)
    finally:
        first.kill()
        first.wait()

    assert (second.returncode, second.stderr.count("\n")) == (6, 1)
    assert "in use by another producer" in second.stderr


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_replay_with_its_counts(
    bench: Bench, tiny: Path, tmp_path: Path, sent: signal.Signals
) -> None:
    ledger = tmp_path / "ledger"
    words = command(tiny, "--rate", "1", "--ledger", str(ledger))
    before = signal.signal(sent, signal.SIG_DFL)  # the tests may run under nohup
    process = subprocess.Popen(
        words, env=dict(bench.environment), stdout=subprocess.PIPE, text=True
    )
    signal.signal(sent, before)
    begun(process, ledger)

    process.send_signal(sent)
    said, _ = process.communicate(timeout=30)

    assert process.returncode == 130
    assert "of 8 rows acknowledged" in said
    assert f"{len(bench.records())} of 8" in said


def test_a_stop_while_it_reads_sends_nothing(bench: Bench, data: Path) -> None:
    words = command(data, "--timeout", "1")
    process = subprocess.Popen(
        words, env=dict(bench.environment), stderr=subprocess.PIPE, text=True
    )
    assert process.stderr
    eventually(
        lambda: process.poll() is not None or handles_signals(process.pid),
        BEGINS_WITHIN_S,
        "a handler of signals",
        every_s=0.01,
    )

    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=30)[1]

    assert process.returncode == 130
    assert len(bench.records()) < 100_836, said


def begun(process: "subprocess.Popen[Any]", ledger: Path) -> None:
    """Wait until a replay has made its ledger."""

    def has_made_it() -> bool:
        assert process.poll() is None
        return ledger.exists()

    eventually(has_made_it, BEGINS_WITHIN_S, "a ledger", every_s=0.01)


def handles_signals(pid: int) -> bool:
    """Whether a process has a handler for SIGTERM, as the kernel tells."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught >> (signal.SIGTERM - 1) & 1)


def test_a_second_is_time_enough_for_a_broker_that_is_there(bench: Bench, tiny: Path) -> None:
    assert bench.replay(tiny, "--timeout", "1").returncode == 0


def test_a_topic_that_is_not_there_is_not_created(bench: Bench, tiny: Path) -> None:
    prefix = f"{bench.settings.topic_prefix}none."
    elsewhere = Bench(bench.settings, {**bench.environment, "REELSTREAM_TOPIC_PREFIX": prefix})

    refused = elsewhere.replay(tiny)

    assert (refused.returncode, refused.stderr.count("\n")) == (4, 1)
    assert f"topic {prefix}ratings does not exist" in refused.stderr


def test_one_rating_is_sent_live(bench: Bench) -> None:
    done = bench.run(reelstream("producer", "rate", "7", "10", "4.5"))

    (record,) = bench.records()
    assert done.returncode == 0, done.stderr
    assert record.row[1:4] == (7, 10, 4.5)
    assert record.event_id in done.stdout


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (lambda rows: rows[1:], Verdict(1, 0, 0, 0)),
        (lambda rows: [*rows, rows[0]], Verdict(0, 0, 1, 0)),
        (
            lambda rows: [*rows[:-1], (9, 9, 9, 1.0, "2001-01-01T00:00:09.000Z")],
            Verdict(1, 1, 0, 0),
        ),
        (lambda rows: [rows[1], rows[0], *rows[2:]], Verdict(0, 0, 0, 1)),
    ],
    ids=["lost", "repeated", "changed", "out of order"],
)
def test_the_judge_sees_planted_faults(change: object, verdict: Verdict) -> None:
    changed: list[Row] = change(ROWS)  # type: ignore[operator]

    found = judged([Record(0, "k", f"id-{row[0]}", row) for row in changed], ROWS)

    assert found == verdict

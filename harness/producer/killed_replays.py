"""Replays that are killed and resumed, and a reader that judges the topic by the file alone.

Shares nothing with the producer: rows come from the standard library's CSV reader, records from a
plain consumer.
"""

import contextlib
import csv
import json
import random
import signal
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from harness.eventually import eventually
from harness.reelstream.command_runner import reelstream

WITHIN_S = 120
Row = tuple[int, int, int, float, str]
"""Row of the file, user, movie, stars, instant."""


@dataclass(frozen=True)
class Record:
    """A record of the topic."""

    partition: int
    key: str
    event_id: str
    row: Row


@dataclass(frozen=True)
class Verdict:
    """What a topic holds beside what the file says.

    Attributes:
        missing: rows that are not there.
        foreign: records that are no row.
        repeated: records of a row that was there before.
        late: first records of a row that come, in their partition, after a later rating's.
    """

    missing: int
    foreign: int
    repeated: int
    late: int


def command(data: Path, *options: str) -> list[str]:
    """`reelstream producer replay`, with options."""
    return reelstream("producer", "replay", str(data), *options)


def replay_with_kills(
    data: Path,
    environment: Mapping[str, str],
    ledger: Path,
    kills: int,
    chance: random.Random,
    between_s: tuple[float, float],
    rates: Sequence[str] = ("unlimited",),
) -> tuple[int, int]:
    """Kill a replay so often, each time at a random moment, then let it end.

    The moments are counted from the process's start, so that some fall into its start-up.

    Returns:
        How many kills hit a process that had rows to send, and how many rows the last start had.
    """
    resume = ("--resume", "--ledger", str(ledger))
    hit = 0
    for _ in range(kills):
        words = command(data, *resume, "--rate", chance.choice(rates))
        process = subprocess.Popen(words, env=dict(environment), stdout=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(*between_s))
        running = process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        hit += running and rows_left(ledger) != 0
    left = rows_left(ledger)
    end = subprocess.run(
        command(data, *resume), env=dict(environment), stdout=subprocess.DEVNULL, check=False
    )
    assert end.returncode == 0
    return hit, -1 if left is None else left


def rows_left(ledger: Path) -> int | None:
    """Rows that a ledger does not know to be there; None before there is one."""
    if not ledger.exists():
        return None
    kept = json.loads(ledger.read_bytes())["ledger"]
    return int(kept["until"] - kept["next"])


def judged(records: list[Record], rows: list[Row]) -> Verdict:
    """Compare a topic's records with a file's rows."""
    expected, seen = Counter(rows), Counter[Row]()
    ids: dict[str, Row] = {}
    foreign = late = 0
    newest: dict[int, str] = {}
    for one in records:
        if not expected[one.row] or ids.setdefault(one.event_id, one.row) != one.row:
            foreign += 1
        elif not seen[one.row]:
            late += one.row[4] < newest.get(one.partition, "")
            newest[one.partition] = one.row[4]
        seen[one.row] += 1
    missing = sum(row not in seen for row in rows)
    return Verdict(missing, foreign, len(records) - foreign - (len(rows) - missing), late)


def rows_of(data: Path) -> list[Row]:
    """The rows of a CSV release's ratings."""
    with (data / "ratings.csv").open(newline="") as file:
        return [
            (n, int(row["userId"]), int(row["movieId"]), float(row["rating"]),
             datetime.fromtimestamp(int(row["timestamp"]), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"))
            for n, row in enumerate(csv.DictReader(file))
        ]  # fmt: skip


def records_of(kafka: str, topic: str) -> list[Record]:
    """All records of a topic, in the order of each partition."""
    consumer = KafkaConsumer(bootstrap_servers=kafka, group_id=None, auto_offset_reset="earliest")
    try:
        places = [TopicPartition(topic, p) for p in consumer.partitions_for_topic(topic)]
        consumer.assign(places)
        left: int = sum(consumer.end_offsets(places).values())
        records: list[Record] = []

        def all_read() -> bool:
            for batch in consumer.poll(timeout_ms=500, max_records=50_000).values():
                records.extend(map(_record, batch))
            return len(records) >= left

        eventually(
            all_read, WITHIN_S, f"{left} records", 0, told=lambda: f"{len(records)} have come"
        )
        return records
    finally:
        consumer.close()


def _record(record: Any) -> Record:
    event = json.loads(record.value)
    end = event["event_id"][-12:]
    number = int(end) if end.isdecimal() else -1
    row = (number, event["user_id"], event["movie_id"], event["rating"], event["rated_at"])
    return Record(record.partition, record.key.decode(), event["event_id"], row)

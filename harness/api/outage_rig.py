"""An API that is read and written to while Kafka and Redis are frozen and killed; and what came of
it: how soon it answered, when ratings were taken again, whether any was lost.

Broker and Redis are their own, with a speed worker behind them.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

import msgspec

from harness.api.load_generator import GIVES_UP_AFTER_S, Answer
from harness.checker.compare_states import violations
from harness.checker.state_types import State
from harness.checker.topic_dump import Row
from harness.killable_services import KillableService
from harness.killable_system import KillableSystem, killable_system
from redis_store.connection import connect

KAFKA_FROZEN, KAFKA_KILLED = "Kafka, frozen", "Kafka, killed"
REDIS_FROZEN, REDIS_KILLED = "Redis, frozen", "Redis, killed"
KINDS = (KAFKA_FROZEN, KAFKA_KILLED, REDIS_FROZEN, REDIS_KILLED)
FROZEN_S = 10.0
HISTORY_PERCENT = 50
CALM_S = 3.0
"""Between two outages, and before what is measured without any."""
AFTER_S = 2.0
CALM = "none"
SHARE = 99
"""Percent of the reads that are answered as soon as is told."""


class Outage(NamedTuple):
    """What was measured of one; times are of the monotonic clock, `back` is the service's return.

    Attributes:
        kind: what was done; `CALM` for nothing.
        writes_back: when a rating was acknowledged again.
    """

    kind: str
    began: float
    back: float
    writes_back: float

    @property
    def taken_again_s(self) -> float:
        """Seconds from the service's return to that of ratings."""
        return self.writes_back - self.back


class Verdict(NamedTuple):
    """What came of all.

    Attributes:
        outages: what was done.
        answers: every one.
        acknowledged: ratings that were.
        said: in words, what is wrong with them: the checker's, and those that are not found.
    """

    outages: list[Outage]
    answers: list[Answer]
    acknowledged: int
    said: list[str]


@dataclass
class Rig:
    """API, speed worker and visitors on services that may be killed and frozen."""

    on: KillableSystem
    visitors: "subprocess.Popen[bytes]"
    file: Path
    answers: list[Answer] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    kinds: Mapping[str, Callable[[], None]] = field(init=False)
    _read_to: int = 0

    def __post_init__(self) -> None:
        """Say how each kind of outage is done."""
        kafka, redis = self.on.services.kafka, self.on.services.redis
        self.kinds = {
            CALM: lambda: time.sleep(FROZEN_S),
            KAFKA_FROZEN: lambda: freeze(kafka),
            KAFKA_KILLED: kafka.kill,
            REDIS_FROZEN: lambda: freeze(redis),
            REDIS_KILLED: redis.kill,
        }

    def after(self, kind: str) -> float:
        """Do it, and wait until the service is back, and a rating acknowledged after that.

        Returns the seconds between these two. The last reads that it concerns are waited for, too.

        Raises:
            NotBack: if that is not so in time.
        """
        time.sleep(CALM_S)
        began = time.monotonic()
        self.kinds[kind]()
        self.on.mark()
        self.on.until(connect(self.on.settings.redis_url, timeout_s=5).ping, "back: Redis")
        back = time.monotonic()
        self.on.until(lambda: self.rated_since(back), f"back after {kind}: ratings")
        self.on.until(lambda: self._read_since(back + AFTER_S), f"asked after {kind}")
        self.outages.append(Outage(kind, began, back, self._first_rated_since(back) or back))
        return self.outages[-1].taken_again_s

    def verdict(self) -> Verdict:
        """End the visits, wait until everything is applied, and judge."""
        self.visitors.terminate()
        self.visitors.wait()
        mark = self.on.mark()
        self.on.until(lambda: self.on.is_past(mark), "caught up")
        rows, truth, found = self.on.speed_layer()
        self._read_on()
        taken = [one for one in self.answers if one.place]
        said = [*violations(truth, found), *lost(taken, rows, found)]
        return Verdict(self.outages, self.answers, len(taken), said)

    def rated_since(self, moment: float) -> bool:
        """Whether a rating was acknowledged since; the newest answers are looked at first."""
        self._read_on()
        return self._first_rated_since(moment) is not None

    def _read_since(self, moment: float) -> bool:
        """Whether all reads that were due until then have been asked for: visitors may lag."""
        self._read_on()
        reads = (one for one in reversed(self.answers) if one.wrote is None)
        return next(reads).due > moment

    def _first_rated_since(self, moment: float) -> float | None:
        newest = takewhile(lambda one: one.due > moment - GIVES_UP_AFTER_S, reversed(self.answers))
        return min((_end(one) for one in newest if one.place and _end(one) > moment), default=None)

    def _read_on(self) -> None:
        """Take what has been written down since; the last line may not be whole yet."""
        with self.file.open("rb") as file:
            file.seek(self._read_to)
            whole, end, _ = file.read().rpartition(b"\n")
        self._read_to += len(whole) + len(end)
        self.answers += [msgspec.json.decode(line, type=Answer) for line in whole.splitlines()]


@contextmanager
def rig(folder: Path, data: Path, reads: int, writes: int) -> Iterator[Rig]:
    """All of it running, with so many reads and ratings a second; ended at the end."""
    with killable_system(folder, data) as on:
        on.load(HISTORY_PERCENT)
        on.start("speed", "speed", "run")
        on.start("api", "api", "run")
        mark = on.mark()
        on.until(lambda: on.is_past(mark), "begun")
        answers = folder / "answers"
        words = [str(on.settings.api_port), str(reads), str(writes), "1", str(answers)]
        command = [sys.executable, "-m", "harness.api.load_generator", *words]
        visitors = subprocess.Popen(command, env=dict(on.environment))
        try:
            one = Rig(on, visitors, answers)
            on.until(lambda: answers.exists() and one.rated_since(0), "begun: ratings")
            yield one
        finally:
            visitors.kill()
            visitors.wait()


def freeze(service: KillableService) -> None:
    """Have it answer nothing for a while."""
    with service.frozen():
        time.sleep(FROZEN_S)


def reads_in(answers: Iterable[Answer], outage: Outage) -> list[Answer]:
    """Reads that were due between the outage's begin and shortly after the service's return."""
    end = outage.back + AFTER_S
    return [one for one in answers if one.wrote is None and outage.began <= one.due <= end]


def slow_ms(reads: Sequence[Answer]) -> float:
    """Milliseconds that all but one in a hundred did not exceed."""
    return statistics.quantiles([1000 * one.took_s for one in reads], n=100)[SHARE - 1]


def lost(taken: Iterable[Answer], rows: Iterable[Row], found: State) -> Iterator[str]:
    """Acknowledged ratings that are not where the answer said, or not in their user's history."""
    at = {(row.partition, row.offset): row.value or b"" for row in rows}
    for one in taken:
        assert one.place
        assert one.wrote
        (event_id, partition, offset), (user, movie, half_stars) = one.place, one.wrote
        if event_id.encode() not in at.get((partition, offset), b""):
            yield f"event {event_id} is not at offset {offset} of partition {partition}"
        history = found.histories.get((partition, user))
        said = history.movies.get(movie) if history else None
        if said is None or said[0] != half_stars:
            yield f"user {user} gave movie {movie} {half_stars} half-stars, the history has {said}"


def _end(one: Answer) -> float:
    return one.due + one.took_s

"""Kills, freezes and poison: what is lost or counted twice, and what people are answered."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle, islice
from typing import NamedTuple, TypeVar

import confluent_kafka

from bench.textbook_judges.freshness import require_going_on
from bench.textbook_judges.system import OK, ROWS, Counts, System, with_lists
from harness.killable_services import KillableService
from harness.reelstream.process_restarter import Restarted, until
from redis_store.connection import StoreError
from streaming.errors import BadCheckpoint

Asked = TypeVar("Asked")
PROCESSING, BROKER, REDIS, EVERYTHING = "processing", "broker", "Redis", "all of these"
KINDS = (PROCESSING, BROKER, REDIS, EVERYTHING)
"""`processing` is all processes but the API: one Spark application, or three of ours."""
PER_S, PAUSE_S, BACK_WITHIN_S = 20, 4.0, 180
ASKED, ASK_EVERY_S, AT_ONCE_S = 16, 0.5, 2.0
STARS = 4.0
NOT_THERE_YET = (StoreError, confluent_kafka.KafkaException, BadCheckpoint)


class NotJudged(RuntimeError):
    """A judge that would find nothing."""


class Killed(NamedTuple):
    """What kills left: how long each took until all was processed, and what was wrong then."""

    back_s: list[float]
    counts: Counts


class Frozen(NamedTuple):
    """Answers to what was asked while a service stood still.

    Attributes:
        asked: reads, and as many writes.
        reads: those that were answered within two seconds.
        own: those of them that were the person's own list.
        writes: those that were answered within two seconds, be it with a refusal.
        taken: writes that were said to be taken, however late.
        back_s: from its return until a read and a write were answered again.
    """

    asked: int
    reads: int
    own: int
    writes: int
    taken: int
    back_s: float


def killed(system: System, first: int, kills: int, chance: random.Random) -> Killed:
    """Kill, and wait until all that the topic held is processed; again and again."""
    kinds = [KINDS[n % len(KINDS)] for n in range(kills)]
    chance.shuffle(kinds)
    back = []
    with system.live(first, ROWS, PER_S) as live:
        for kind in kinds:
            time.sleep(chance.uniform(0, PAUSE_S))
            began = time.monotonic()
            _kill(system, kind)
            _caught_up(system, live)
            back.append(time.monotonic() - began)
        require_going_on(live)
    time.sleep(PAUSE_S)  # what was on its way to the broker lands
    _caught_up(system)
    return Killed(back, system.counts())


def _kill(system: System, kind: str) -> None:
    """Kill; services are started again at once, processes by who waits."""
    if kind in {PROCESSING, EVERYTHING}:
        for one in system.running[:-1]:
            one.kill()
    services = {BROKER: system.services.kafka, REDIS: system.services.redis}
    killed = [one for name, one in services.items() if kind in {name, EVERYTHING}]
    for service in killed:
        service.kill()
    for service in killed:
        service.start()


def _caught_up(system: System, *live: Restarted) -> None:
    """Wait until all that the topic holds now is processed; start again what has ended."""
    goal: list[int] = []

    def reached() -> bool:
        try:
            if not goal:
                goal.append(system.ends())
            return system.applied() >= goal[0]
        except NOT_THERE_YET:
            return False

    supervisor = system.services.supervisor
    until(reached, "all processed", supervisor, *system.running, *live, within_s=BACK_WITHIN_S)


def frozen(system: System, service: KillableService, movie: int) -> Frozen:
    """Ask while a service stands still; nobody waits for anybody."""
    people = with_lists(system)
    with ThreadPoolExecutor(2 * ASKED) as pool:
        reads, writes = [], []
        with service.frozen():
            for user in islice(cycle(people), ASKED):
                reads.append(pool.submit(_timed, partial(system.list_of, user)))
                writes.append(pool.submit(_timed, partial(system.rate, user, movie, STARS)))
                time.sleep(ASK_EVERY_S)
        back = time.monotonic()
        until(
            lambda: (
                system.list_of(people[0]).personal and system.rate(people[0], movie, STARS) in OK
            ),
            "reads and writes answered",
            system.services.supervisor,
            *system.running,
            within_s=BACK_WITHIN_S,
        )
        back_s = time.monotonic() - back
        lists = [one.result() for one in reads]
        statuses = [one.result() for one in writes]
    at_once = [answer for answer, took in lists if answer.status in OK and took <= AT_ONCE_S]
    return Frozen(
        asked=ASKED,
        reads=len(at_once),
        own=sum(answer.personal for answer in at_once),
        writes=sum(status != 0 and took <= AT_ONCE_S for status, took in statuses),
        taken=sum(status in OK for status, _ in statuses),
        back_s=back_s,
    )


def _timed(one: Callable[[], Asked]) -> tuple[Asked, float]:
    began = time.monotonic()
    return one(), time.monotonic() - began


def poisoned(system: System, values: list[bytes], valid: bytes) -> int:
    """How many records that are not ratings got among those that models learn from.

    Raises:
        NotJudged: if a rating that is sent in the same way does not.
    """
    _caught_up(system)
    kept = system.kept()
    system.send_raw([*values, valid])
    _caught_up(system)
    if not (more := system.kept() - kept):
        raise NotJudged(f"{system.name} kept nothing of what was sent, not even a rating")
    return more - 1

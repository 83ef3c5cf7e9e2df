"""From a rating to a changed list, over HTTP, while ratings come in and models are trained."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from bench.cpu_timer import Cost, Since
from bench.textbook_judges import costs
from bench.textbook_judges.system import OK, System, with_lists
from harness.eventually import eventually
from harness.reelstream.process_restarter import Restarted

PER_S, WATCHED_PER_S = 100, 2
GIVES_UP_AFTER_S = 60.0
SOON_S, LOOK_EVERY_S, LOOK_LATER_S = 1.0, 0.004, 0.25
STARS = 5.0
STARTED_WITHIN_S, SETTLE_S = 60, 5


class Fresh(NamedTuple):
    """What was measured.

    Attributes:
        took_s: of each rating that was watched, until its rater's list was another.
        live: what ratings cost while models are trained, and nobody looks.
        memory_mib: at the end.
    """

    took_s: list[float]
    live: Cost
    memory_mib: float


class LiveRatingsEnded(RuntimeError):
    """Too few rows, or a producer that has failed."""


def rows(seconds: int) -> int:
    """Of the release, that are sent meanwhile, at most."""
    return PER_S * int(STARTED_WITHIN_S + SETTLE_S + 2 * seconds + GIVES_UP_AFTER_S)


def measured(system: System, first: int, seconds: int) -> Fresh:
    """Let ratings come; then rate movies of one's own list, and look until the list has changed.

    A change that another training brings counts, too: it cannot be told apart from outside.
    """
    people = eventually(lambda: with_lists(system), STARTED_WITHIN_S, "lists")
    with system.live(first, first + rows(seconds), PER_S) as live:
        before = system.applied()
        eventually(lambda: system.applied() > before, STARTED_WITHIN_S, "live ratings")
        time.sleep(SETTLE_S)
        cost = _cost(system, seconds)
        took = _watched(system, random.Random(1).sample(people, WATCHED_PER_S * seconds))
        require_going_on(live)
        return Fresh(took, cost, costs.memory_mib(system))


def require_going_on(live: Restarted) -> None:
    """Refuse to have measured an idle system.

    Raises:
        LiveRatingsEnded: if no ratings come any more.
    """
    if (code := live.process.poll()) is not None:
        raise LiveRatingsEnded(f"with {code}: {live.last_lines()}")


def _cost(system: System, seconds: int) -> Cost:
    sent, began = system.ends(), Since(lambda: costs.spent_s(system))
    time.sleep(seconds)
    return began.cost(system.ends() - sent)


def _watched(system: System, users: list[int]) -> list[float]:
    """Each rates at a moment of its own, whether or not others wait."""
    begun = time.monotonic()

    def one(n: int) -> float:
        time.sleep(max(0.0, begun + n / WATCHED_PER_S - time.monotonic()))
        return _took_s(system, users[n])

    with ThreadPoolExecutor(len(users)) as pool:
        return list(pool.map(one, range(len(users))))


def _took_s(system: System, user: int) -> float:
    before = system.list_of(user).movies
    began = time.monotonic()
    if not before or system.rate(user, before[0][0], STARS) not in OK:
        return GIVES_UP_AFTER_S
    return until_changed_s(system, user, before, began)


def until_changed_s(
    system: System, user: int, before: tuple[tuple[int, float], ...], began: float
) -> float:
    """Seconds since then until somebody has an own list that is another."""
    while (passed := time.monotonic() - began) < GIVES_UP_AFTER_S:
        now = system.list_of(user)
        if now.personal and now.movies != before:
            return time.monotonic() - began
        time.sleep(LOOK_EVERY_S if passed < SOON_S else LOOK_LATER_S)
    return GIVES_UP_AFTER_S

"""What readers see while everybody's list is replaced, and nobody rates anything."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from bench.textbook_judges.system import OK, Answer, System, with_lists
from harness.eventually import eventually

READERS = 20
"""People with a list, which are looked at in turn."""
NEW = 1_000
"""New ratings, sent first: a model of unchanged ratings would show unchanged lists."""
LENGTH = 10
AFTER_S, APPLIED_WITHIN_S = 3.0, 120


class Replaced(NamedTuple):
    """What was seen.

    Attributes:
        answers: all that were looked at.
        torn: those that were not ten different movies.
        missing: those that were no own list.
        mixed_s: how long somebody still had the old list when somebody had a new one.
    """

    answers: int
    torn: int
    missing: int
    mixed_s: float


class NotReplaced(RuntimeError):
    """Lists that have stayed what they were."""


class Look(NamedTuple):
    """One answer to one reader, and when it had come."""

    reader: int
    at: float
    answer: Answer


def measured(system: System, first: int) -> Replaced:
    """Look at some people's lists, again and again, while a model is trained and published.

    It learns from some rows of the release that are new, those from `first` on.

    Raises:
        NotReplaced: if somebody has the old list afterwards.
    """
    system.send(first, first + NEW)
    eventually(lambda: system.applied() >= system.ends(), APPLIED_WITHIN_S, "new ratings")
    time.sleep(AFTER_S)  # lists follow
    readers = with_lists(system)[:READERS]
    before = {one: system.list_of(one).movies for one in readers}
    looks: list[Look] = []
    with ThreadPoolExecutor(1) as pool:
        learning, ended = pool.submit(system.learn), float("inf")
        while time.monotonic() < ended + AFTER_S:
            looks += [_look(system, one) for one in readers]
            if learning.done():
                ended = min(ended, time.monotonic())
        learning.result()
    return Replaced(
        answers=len(looks),
        torn=sum(one.answer.personal and _torn(one.answer) for one in looks),
        missing=sum(not one.answer.personal for one in looks),
        mixed_s=mixed_s(before, [one for one in looks if one.answer.status in OK]),
    )


def _look(system: System, reader: int) -> Look:
    answer = system.list_of(reader)
    return Look(reader, time.monotonic(), answer)


def _torn(answer: Answer) -> bool:
    return len({movie for movie, _ in answer.movies}) != LENGTH


def mixed_s(before: dict[int, tuple[tuple[int, float], ...]], looks: list[Look]) -> float:
    """From the first new list to the last old one; 0 if all old ones came before.

    Raises:
        NotReplaced: if somebody never has a new one.
    """
    old = [one for one in looks if one.answer.movies == before[one.reader]]
    new = [one for one in looks if one.answer.movies != before[one.reader]]
    if stayed := before.keys() - {one.reader for one in new}:
        raise NotReplaced(f"the lists of users {sorted(stayed)}")
    return max(0.0, max(one.at for one in old) - min(one.at for one in new))

"""Events of all kinds, as people and accidents make them."""

import random
from collections.abc import Sequence

from contracts.events import Event
from harness.builders import AT_MS, dismissed, rated, retracted

OLD_MS = AT_MS - 86_400_000


def any_events(count: int, users: Sequence[int], valid: float) -> list[Event | bytes]:
    """Ratings, changes of mind, repetitions, late ones and junk, the same in every run.

    Args:
        count: of them.
        users: whose; each event is one's of these.
        valid: the share that is no junk.
    """
    choose = random.Random(5)
    makers = (rated, rated, retracted, dismissed)
    events: list[Event | bytes] = []
    for _ in range(count):
        who = {"user_id": choose.choice(users), "movie_id": choose.randint(1, 5)}
        made = choose.choice(makers)(**who, at_ms=OLD_MS + choose.randint(0, 3))
        events.append(made if choose.random() < valid else b"junk")
    return events

import pytest

from contracts.requests import Decision, Outcome, Retrains, Trigger, request
from streaming.triggers import BACKLOG, Policy, due

POLICY = Policy(events=100, seconds=60)
STARTED_MS = 1_000_000
DECIDED_MS = 2_000_000
BEFORE_ANY = Retrains()
LAST = Decision("id", {0: 500}, Outcome.promoted, 1, "because", DECIDED_MS)
AFTER_ONE = Retrains(None, {0: 500}, (LAST,))
WAITING = Retrains(request(Trigger.hand, {0: 500}, 1), {0: 500}, (LAST,))
MINUTE_MS = 60_000

TABLE = {
    "first: nothing landed": (BEFORE_ANY, 0, 0, STARTED_MS + MINUTE_MS, None),
    "first: many events, no time yet": (BEFORE_ANY, 5000, 5000, STARTED_MS + 1, None),
    "first: time is up": (BEFORE_ANY, 1, 1, STARTED_MS + MINUTE_MS, Trigger.time),
    "first: a moment before": (BEFORE_ANY, 1, 1, STARTED_MS + MINUTE_MS - 1, None),
    "nothing new": (AFTER_ONE, 500, 500, DECIDED_MS + 9 * MINUTE_MS, None),
    "one event short": (AFTER_ONE, 599, 599, DECIDED_MS + 1, None),
    "enough events": (AFTER_ONE, 600, 600, DECIDED_MS + 1, Trigger.volume),
    "one new event, time is up": (AFTER_ONE, 501, 501, DECIDED_MS + MINUTE_MS, Trigger.time),
    "one new event, a moment before": (AFTER_ONE, 501, 501, DECIDED_MS + MINUTE_MS - 1, None),
    "both: volume is said": (AFTER_ONE, 600, 600, DECIDED_MS + MINUTE_MS, Trigger.volume),
    "one is open": (WAITING, 9999, 9999, DECIDED_MS + 9 * MINUTE_MS, None),
    "a backlog is being read": (AFTER_ONE, 600, 601 + BACKLOG, DECIDED_MS + 1, None),
    "nearly at the end": (AFTER_ONE, 600, 600 + BACKLOG, DECIDED_MS + 1, Trigger.volume),
}


@pytest.mark.parametrize(
    ("retrains", "landed", "end", "now_ms", "trigger"), TABLE.values(), ids=TABLE
)
def test_when_a_retrain_is_due(
    retrains: Retrains, landed: int, end: int, now_ms: int, trigger: Trigger | None
) -> None:
    asked = due(POLICY, retrains, {0: landed}, {0: end}, STARTED_MS, now_ms)

    assert (asked and asked.reason) == trigger


def test_a_request_is_for_what_has_landed() -> None:
    asked = due(POLICY, AFTER_ONE, {0: 600, 1: 50}, {0: 610, 1: 50}, STARTED_MS, DECIDED_MS)

    assert asked is not None
    assert (asked.snapshot, asked.requested_at_ms) == ({0: 600, 1: 50}, DECIDED_MS)

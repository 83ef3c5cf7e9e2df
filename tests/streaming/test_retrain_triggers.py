from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from msgspec.structs import replace

from contracts.retrain_log_entries import (
    Decision,
    Hold,
    Outcome,
    Request,
    Retrains,
    Trigger,
    request,
)
from contracts.settings import Settings
from contracts.topics import topic_configs
from harness.builders import PARTITIONS
from kafka_clients import Admin
from kafka_clients.retrain_log import RetrainLog
from streaming.retrain_triggers import BACKLOG, Policy, due

POLICY = Policy(events=100, seconds=60)
STARTED_MS = 1_000_000
DECIDED_MS = 2_000_000
BEFORE_ANY = Retrains()
LAST = Decision("id", {0: 500}, Outcome.promoted, 1, "because", DECIDED_MS)
AFTER_ONE = Retrains(None, {0: 500}, (LAST,))
HELD = Decision("id", {0: 500}, Outcome.held, None, "because", DECIDED_MS)
AFTER_HELD = Retrains(None, {0: 500}, (LAST, HELD), Hold(1, 5))
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
    "a backlog is being read, time is up": (
        AFTER_ONE,
        600,
        601 + BACKLOG,
        DECIDED_MS + MINUTE_MS,
        None,
    ),
    "held, nothing new": (AFTER_HELD, 500, 500, DECIDED_MS + 9 * MINUTE_MS, None),
    "held, enough events": (AFTER_HELD, 600, 600, DECIDED_MS + 1, Trigger.volume),
    "nearly at the end": (AFTER_ONE, 600, 600 + BACKLOG, DECIDED_MS + 1, Trigger.volume),
}


@pytest.mark.parametrize(
    ("retrains", "landed", "end", "now_ms", "trigger"), TABLE.values(), ids=TABLE
)
def test_when_a_retrain_is_due(
    retrains: Retrains, landed: int, end: int, now_ms: int, trigger: Trigger | None
) -> None:
    asked = due(POLICY, retrains, {0: landed}, {0: end}, STARTED_MS, now_ms, fallen=False)

    assert (asked and asked.reason) == trigger


@pytest.mark.parametrize(
    ("retrains", "landed", "trigger"),
    [
        (AFTER_ONE, 501, Trigger.quality),
        (AFTER_ONE, 500, None),
        (AFTER_ONE, 600, Trigger.volume),
        (BEFORE_ANY, 501, None),
        (WAITING, 501, None),
    ],
)
def test_lists_that_have_become_worse_ask_once_there_is_something_new(
    retrains: Retrains, landed: int, trigger: Trigger | None
) -> None:
    asked = due(POLICY, retrains, {0: landed}, {0: landed}, STARTED_MS, STARTED_MS + 1, fallen=True)

    assert (asked and asked.reason) == trigger


def test_a_request_is_for_what_has_landed() -> None:
    asked = due(
        POLICY, AFTER_ONE, {0: 600, 1: 50}, {0: 610, 1: 50}, STARTED_MS, DECIDED_MS, fallen=False
    )

    assert asked is not None
    assert (asked.snapshot, asked.requested_at_ms) == ({0: 600, 1: 50}, DECIDED_MS)


def test_new_events_are_counted_over_all_partitions() -> None:
    asked = due(
        POLICY, AFTER_ONE, {0: 560, 1: 40}, {0: 560, 1: 40}, STARTED_MS, DECIDED_MS, fallen=False
    )

    assert asked
    assert asked.reason is Trigger.volume


@pytest.mark.integration
class TestOverTheTopic:
    """What a job that starts knows of requests and decisions: all that the topic holds."""

    @pytest.fixture
    def start(self, settings: Settings) -> Iterator[Callable[[], RetrainLog]]:
        with closing(Admin(settings.kafka)) as admin:
            admin.create(topic_configs(settings.topics, PARTITIONS))
        with ExitStack() as stack:
            yield lambda: stack.enter_context(
                closing(RetrainLog(settings.kafka, settings.topics.retrain, "test"))
            )

    def asked(self, log: RetrainLog, landed: int) -> Request | None:
        return due(
            POLICY, log.state(), {0: landed}, {0: landed}, STARTED_MS, DECIDED_MS + 1, fallen=False
        )

    def test_a_job_that_starts_does_not_ask_beside_an_open_request(
        self, start: Callable[[], RetrainLog]
    ) -> None:
        before = start()
        before.append(LAST)
        first = self.asked(before, 600)
        assert first
        before.append(first)

        assert self.asked(start(), 5000) is None

    def test_it_asks_again_when_the_request_is_decided_and_enough_is_new(
        self, start: Callable[[], RetrainLog]
    ) -> None:
        before = start()
        for entry in (LAST, request(Trigger.hand, {0: 600}, 1)):
            before.append(entry)
        decided = replace(LAST, request_id=request(Trigger.hand, {0: 600}, 1).request_id)
        before.append(replace(decided, snapshot={0: 600}))

        after = start()

        assert self.asked(after, 699) is None
        asked = self.asked(after, 700)
        assert asked
        assert asked.reason is Trigger.volume

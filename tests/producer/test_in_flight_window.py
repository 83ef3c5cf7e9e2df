from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kafka_clients import TooLarge
from producer import in_flight_window as windows
from producer.in_flight_window import Window
from tests.producer.builders import FakeSender, FakeTime, ratings, records


@dataclass
class Kept:
    """The ledger's places as they were written, and how much had been sent by then."""

    places: list[tuple[int, int]] = field(default_factory=list)

    def __call__(self, window: Window) -> None:
        self.places.append((window.next, window.sent))


def test_what_is_acknowledged_moves_the_place_before_which_all_is() -> None:
    sender = FakeSender(per_poll=0)
    window = Window(sender, "ratings", 0, Kept(), FakeTime().monotonic)
    window.send(records(ratings(3)))
    window.send(records(ratings(2, 3)))
    assert (window.next, window.sent) == (0, 5)

    sender.per_poll = 3
    window.advance(0)

    assert window.next == 3


def test_a_later_chunk_that_is_done_first_waits_for_the_earlier_one() -> None:
    sender = FakeSender(per_poll=0, loses={1})
    window = Window(sender, "ratings", 0, Kept(), FakeTime().monotonic)
    window.send(records(ratings(3)))
    window.send(records(ratings(2, 3)))

    window.finish()

    assert window.next == 0


def test_a_resumed_window_begins_at_its_place() -> None:
    window = Window(FakeSender(), "ratings", 40, Kept(), FakeTime().monotonic)

    window.send(records(ratings(3)))
    window.finish()

    assert (window.next, window.sent) == (43, 43)


@settings(max_examples=50)
@given(st.lists(st.integers(1, 5), max_size=30), st.integers(0, 4))
def test_never_more_is_sent_beyond_the_ledger_than_the_window_holds(
    sizes: list[int], per_poll: int
) -> None:
    kept, sender = Kept(), FakeSender(per_poll=per_poll)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "WINDOW", 8)
        patch.setattr(windows, "LEDGER_EVERY_ROWS", 2)
        window = Window(sender, "ratings", 0, kept, FakeTime().monotonic)
        for size in sizes:
            if per_poll == 0 and window.sent + size > 8:
                break  # would wait for ever
            window.send(records(ratings(size)))

            assert window.sent - (kept.places[-1][0] if kept.places else 0) <= 8


def test_the_ledger_is_written_after_some_time_however_few_rows() -> None:
    time, kept = FakeTime(), Kept()
    window = Window(FakeSender(), "ratings", 0, kept, time.monotonic)
    window.send(records(ratings(1)))
    assert kept.places == []

    time.sleep(0.6)
    window.advance(0)

    assert kept.places == [(1, 1)]


def test_a_failure_is_kept_and_nothing_more_is_sent() -> None:
    broken = TimeoutError("too late")
    sender = FakeSender(fails={1: broken}, per_poll=9)
    window = Window(sender, "ratings", 0, Kept(), FakeTime().monotonic)
    window.send(records(ratings(3)))

    window.send(records(ratings(2, 3)))
    window.finish()

    assert window.error is broken
    assert (len(sender.sent), window.next) == (3, 0)


def test_a_row_that_is_too_large_is_counted_and_the_others_go_on() -> None:
    sender = FakeSender(fails={1: TooLarge("70000 bytes")})
    window = Window(sender, "ratings", 0, Kept(), FakeTime().monotonic)

    window.send(records(ratings(3)))
    window.finish()

    assert (window.error, window.refused, window.next) == (None, 1, 3)

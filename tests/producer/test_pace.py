from dataclasses import dataclass

import pytest

from producer.pace import paced


@dataclass
class FakeTime:
    """A clock that moves when somebody sleeps or works."""

    now: float = 50.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def starts(items: int, rate: float | None, work_s: float) -> list[float]:
    """When each item was handed out, in seconds after the first."""
    time, began = FakeTime(), []
    for _ in paced(range(items), rate, time.monotonic, time.sleep):
        began.append(time.now - 50.0)
        time.now += work_s
    return began


def test_items_come_at_the_rate() -> None:
    assert starts(4, 10, 0) == pytest.approx([0, 0.1, 0.2, 0.3])


def test_the_work_between_items_does_not_slow_the_rate() -> None:
    assert starts(4, 10, 0.04) == pytest.approx([0, 0.1, 0.2, 0.3])


def test_what_was_late_is_made_up_for() -> None:
    time, began = FakeTime(), []
    for n in paced(range(5), 10, time.monotonic, time.sleep):
        began.append(time.now - 50.0)
        time.now += 0.25 if n == 0 else 0

    assert began == pytest.approx([0, 0.25, 0.25, 0.3, 0.4])


def test_without_a_rate_nobody_sleeps() -> None:
    assert starts(4, None, 0) == [0, 0, 0, 0]


def test_all_items_come_in_order() -> None:
    time = FakeTime()

    assert list(paced("abc", 5, time.monotonic, time.sleep)) == ["a", "b", "c"]

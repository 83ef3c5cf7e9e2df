"""When live lists have become worse beside what is popular."""

import pytest

from redis_store.partition_position import Position
from streaming.quality_watch import FEWEST, WINDOW, Judged, QualityWatch

POPULAR = 50
"""Hits of what is popular in each window."""


class Looking:
    """Counts that grow by windows, and who looks at them."""

    def __init__(self) -> None:
        self.quality, self.now = QualityWatch(), Judged(0, 0, 0)
        self.quality.look(self.now)

    def window(self, live: int, likes: int = WINDOW) -> bool:
        """So many hits more; whether the lists have fallen."""
        self.now = Judged(self.now.likes + likes, self.now.live + live, self.now.popular + POPULAR)
        self.quality.look(self.now)
        return self.quality.fallen


@pytest.fixture
def looking() -> Looking:
    """After as many windows at twice of popularity as a mean needs."""
    one = Looking()
    for _ in range(FEWEST):
        assert not one.window(live=2 * POPULAR)
    return one


def test_a_window_below_four_fifths_of_the_mean_has_fallen(looking: Looking) -> None:
    assert not looking.window(live=81 * POPULAR // 50)
    assert looking.window(live=POPULAR)


def test_a_window_as_good_as_before_has_not(looking: Looking) -> None:
    looking.window(live=POPULAR)

    assert not looking.window(live=2 * POPULAR)


def test_too_few_likes_say_nothing(looking: Looking) -> None:
    assert not looking.window(live=0, likes=WINDOW - 1)


def test_without_enough_windows_there_is_no_mean() -> None:
    one = Looking()
    for _ in range(FEWEST - 1):
        one.window(live=2 * POPULAR)

    assert not one.window(live=0)


def test_counts_that_begin_anew_begin_a_window(looking: Looking) -> None:
    looking.now = Judged(0, 0, 0)
    looking.quality.look(looking.now)

    assert not looking.window(live=2 * POPULAR)
    assert looking.window(live=POPULAR)


def test_once_answered_the_next_window_has_to_say_so_again(looking: Looking) -> None:
    looking.window(live=POPULAR)

    looking.quality.answered()

    assert not looking.quality.fallen
    assert looking.window(live=POPULAR // 2)


def test_all_groups_and_partitions_are_counted() -> None:
    one = Position(judged={"hour:likes": 3, "hour:live": 1, "longer:likes": 2, "longer:popular": 1})
    other = Position(judged={"longer:likes": 4, "longer:live": 2, "minute:likes": 9, "5:likes": 9})

    assert Judged.of([one, other]) == (9, 3, 1)

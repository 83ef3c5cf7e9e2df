"""The judges of the control see what is planted."""

from collections import Counter

import pytest

from bench.textbook_judges.list_replacement import Look, NotReplaced, mixed_s
from bench.textbook_judges.poison import REELSTREAM, TEXTBOOK, USER, VALID, VALUES
from bench.textbook_judges.system import Answer
from bench.textbook_judges.textbook_system import compared
from harness.builders import AT_MS
from harness.checker.event_validity import event_of
from harness.checker.topic_dump import Row

OLD, NEW = ((1, 0.5),), ((2, 0.5),)
SENT = Counter({(7, 10, 4.0, 1): 1, (8, 10, 3.0, 1): 1, (8, 20, 5.0, 2): 2})
COUNTED = Counter({10: 2, 20: 2})


def test_what_was_kept_and_counted_once_is_right() -> None:
    assert compared(SENT, SENT, COUNTED) == (4, 0, 0, 0)


def test_a_lost_rating_is_seen() -> None:
    assert compared(SENT, SENT - Counter({(7, 10, 4.0, 1): 1}), COUNTED).lost == 1


def test_a_rating_that_is_kept_twice_is_seen_even_if_another_is_lost() -> None:
    kept = SENT - Counter({(7, 10, 4.0, 1): 1}) + Counter({(8, 10, 3.0, 1): 1})

    assert compared(SENT, kept, COUNTED)[1:3] == (1, 1)


@pytest.mark.parametrize("counted", [{10: 3, 20: 2}, {10: 2}, {10: 2, 20: 2, 30: 1}])
def test_a_count_that_is_too_high_too_low_or_of_nothing_is_seen(counted: dict[int, int]) -> None:
    assert compared(SENT, SENT, Counter(counted)).wrong == 1


def look(reader: int, at: float, movies: tuple[tuple[int, float], ...]) -> Look:
    return Look(reader, at, Answer(200, movies, personal=True))


def test_lists_are_mixed_while_somebody_has_the_old_one_and_somebody_the_new() -> None:
    looks = [look(1, 0, OLD), look(2, 1, OLD), look(1, 2, NEW), look(2, 5, OLD), look(2, 6, NEW)]

    assert mixed_s({1: OLD, 2: OLD}, looks) == 3


def test_lists_that_change_at_once_are_not_mixed() -> None:
    looks = [look(1, 0, OLD), look(2, 1, OLD), look(1, 2, NEW), look(2, 3, NEW)]

    assert mixed_s({1: OLD, 2: OLD}, looks) == 0


def test_lists_that_stay_are_not_taken_for_lists_that_change_at_once() -> None:
    with pytest.raises(NotReplaced, match=r"users \[2\]"):
        mixed_s({1: OLD, 2: OLD}, [look(1, 0, OLD), look(2, 0, OLD), look(1, 1, NEW)])


def test_both_systems_get_the_same_poison() -> None:
    assert len(REELSTREAM) == len(TEXTBOOK) == len(VALUES)
    assert not {*REELSTREAM, *TEXTBOOK} & {*VALID}


def test_poison_is_refused_for_what_it_says_and_not_for_where_it_lies() -> None:
    def is_event(value: bytes) -> bool:
        return event_of(Row(0, 0, AT_MS, str(USER).encode(), value), partitions=1) is not None

    assert is_event(VALID[0])
    assert not any(map(is_event, REELSTREAM))

"""What is held out, and in which order it is walked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.holdout import lately, newest_of_all, split_off
from contracts.histories import DISMISSED, RETRACTED
from event_log import Events

SECOND_MS = 1000


def events(*rows: tuple[int, int, int, int, int]) -> Events:
    """(record timestamp, user, movie, state, rated_at) each; user's parity is the partition."""
    stamps, users, movies, states, rated_at = np.array(rows, np.int64).reshape(-1, 5).T
    partition = users % 2
    offset = np.zeros(len(rows), np.int64)
    for p in (0, 1):
        offset[partition == p] = np.arange((partition == p).sum())
    return Events(
        partition.astype(np.int32),
        offset,
        stamps,
        users.astype(np.int32),
        movies.astype(np.int32),
        states.astype(np.uint8),
        rated_at,
    )


def one_a_millisecond(count: int) -> Events:
    return events(*((n, 1 + n % 4, 10, 8, n) for n in range(count)))


def test_the_newest_tenth_of_all_is_held_out() -> None:
    assert np.flatnonzero(newest_of_all(one_a_millisecond(40))).tolist() == [36, 37, 38, 39]


def test_since_a_snapshot_it_is_the_newer_half() -> None:
    some = one_a_millisecond(40)

    held = lately(some, {0: 10, 1: 10})

    assert np.flatnonzero(held).tolist() == list(range(30, 40))
    assert not lately(some, {0: 20, 1: 20}).any()


def test_nothing_before_the_snapshot_is_held_out_however_new_its_time() -> None:
    some = events((9, 2, 10, 8, 0), (8, 2, 20, 8, 0), (1, 2, 30, 8, 0))

    assert np.flatnonzero(lately(some, {0: 2})).tolist() == [2]


def test_a_partition_that_the_snapshot_does_not_name_is_new() -> None:
    assert lately(events((1, 1, 10, 8, 0), (1, 2, 10, 8, 0)), {0: 1}).tolist() == [True, False]


def test_one_record_timestamp_is_on_one_side() -> None:
    some = events(*((5, 1, movie, 8, 0) for movie in range(1, 21)))

    assert newest_of_all(some).all()


def test_what_was_said_again_counts_as_it_stood_before() -> None:
    some = events((1, 1, 10, 2, 1), (2, 1, 10, 8, 2))

    split = split_off(some, np.array([False, True]))

    assert split.train.half_stars.tolist() == [2]
    assert split.test.half_stars.tolist() == [8]


def test_the_test_side_is_ratings_only() -> None:
    some = events((1, 1, 10, RETRACTED, 1), (2, 1, 20, DISMISSED, 2), (3, 1, 30, 8, 3))

    split = split_off(some, np.ones(3, bool))

    assert split.test.movie_ids[split.test.movies].tolist() == [30]
    assert not len(split.train)


def test_a_burst_stays_together_though_others_come_between() -> None:
    at = SECOND_MS
    some = events((1, 1, 10, 8, at), (2, 2, 10, 8, at), (3, 1, 20, 8, at + 5), (4, 2, 20, 8, at))

    test = split_off(some, np.ones(4, bool)).test

    assert test.user_ids[test.users].tolist() == [1, 1, 2, 2]


def test_bursts_come_in_the_order_of_their_records_not_of_what_they_say() -> None:
    some = events((1, 1, 10, 8, 9 * SECOND_MS), (2, 2, 10, 8, 1 * SECOND_MS))

    test = split_off(some, np.ones(2, bool)).test

    assert test.user_ids[test.users].tolist() == [1, 2]


@pytest.mark.parametrize("held", [[True, True], [False, False]])
def test_either_side_may_be_empty(held: list[bool]) -> None:
    some = events((1, 1, 10, 8, 1), (2, 2, 20, 8, 2))

    split = split_off(some, np.array(held))

    assert len(split.train) + len(split.test) == 2


ROWS = st.lists(
    st.tuples(
        st.integers(0, 50), st.integers(1, 4), st.integers(1, 5), st.integers(1, 10),
        st.integers(0, 5000),
    ),
    min_size=1,
    max_size=30,
)  # fmt: skip


@given(ROWS, st.integers(0, 30), st.integers(0, 30))
def test_nothing_held_out_is_older_than_what_is_learned_of_the_same_events(
    rows: list[tuple[int, int, int, int, int]], even: int, odd: int
) -> None:
    some = events(*rows)
    after = some.since({0: even, 1: odd})

    held = lately(some, {0: even, 1: odd})

    assert not (held & ~after).any()
    if held.any() and (after & ~held).any():
        assert some.timestamp_ms[held].min() > some.timestamp_ms[after & ~held].max()

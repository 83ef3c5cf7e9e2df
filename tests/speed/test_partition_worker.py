"""The worker on both stores: the one in memory is proven to keep the real one's promises."""

import numpy as np
import pytest

from contracts.histories import Entry
from harness.builders import AT_MS, PARTITIONS, consumed, dismissed, history, rated, retracted
from redis_store.partition_position import Position
from redis_store.speed import PositionMoved
from speed.parse_and_merge import OffsetGap
from speed.partition_worker import LIST_LENGTH
from tests.speed.observed_worker import LIVE, TOOK_MS, ObservedWorker, P


def test_an_event_reaches_history_list_totals_and_position(at: ObservedWorker) -> None:
    at.apply(rated(half_stars=10), first=0)

    assert at.position == Position(1, 1, 0, {})
    assert at.store.histories(P, [7])[7] == history({10: 10})
    assert at.store.totals(P, [10]) == {10: (0,) * 9 + (1,)}
    assert 10 not in at.store.lists(P, [7])[7].movies


def test_two_ratings_of_one_user_in_one_poll_both_count(at: ObservedWorker) -> None:
    at.apply(rated(movie_id=10), rated(movie_id=20), first=0)

    assert at.store.histories(P, [7])[7] == history({10: 8, 20: 8}, next_offset=2)
    assert at.store.totals(P, [10, 20]) == dict.fromkeys([10, 20], (0,) * 7 + (1, 0, 0))
    assert at.store.position(P).applied == 2


def test_a_list_is_stamped_with_what_it_reflects(at: ObservedWorker) -> None:
    at.apply(rated(), b"junk", rated(movie_id=20), first=0)

    made = at.store.lists(P, [7])[7]

    stamp = (made.version, made.next_offset, made.generated_at_ms, made.events_through_ms)
    assert stamp == (3, 3, AT_MS + TOOK_MS, AT_MS)


def test_the_list_is_the_fold_in_of_the_whole_history(at: ObservedWorker) -> None:
    at.apply(rated(movie_id=10), first=0)
    at.apply(rated(movie_id=20, half_stars=1), first=1)

    expected = LIVE.folder.ranked(history({10: 8, 20: 1}), LIST_LENGTH)

    assert np.array_equal(at.store.lists(P, [7])[7].movies, expected.movies)


def test_a_repeated_stretch_is_refused_and_changes_nothing(at: ObservedWorker) -> None:
    at.apply(rated(), first=0)

    with pytest.raises(PositionMoved):
        at.apply(rated(half_stars=1), first=0)

    assert at.position == Position(1, 1, 0, {})
    assert at.store.histories(P, [7])[7].entries == {10: Entry(8, AT_MS)}


def test_a_stretch_that_overlaps_the_position_is_refused(at: ObservedWorker) -> None:
    at.apply(rated(), rated(movie_id=20), first=0)

    with pytest.raises(PositionMoved):
        at.apply(rated(movie_id=20), rated(movie_id=30), first=1)

    assert at.store.position(P).next_offset == 2


def test_a_stretch_past_the_position_is_refused(at: ObservedWorker) -> None:
    with pytest.raises(PositionMoved):
        at.apply(rated(), first=5)

    assert at.store.position(P) == Position()


def test_a_stretch_with_a_gap_raises(at: ObservedWorker) -> None:
    records = consumed(rated(), rated(), rated())

    with pytest.raises(OffsetGap):
        at.worker.apply(P, [records[0], records[2]], LIVE, behind=False)

    assert at.store.position(P) == Position()


def test_rejected_records_move_the_position_and_nothing_else(at: ObservedWorker) -> None:
    at.apply(b"junk", b"", first=0)

    assert at.position == Position(2, 0, 0, {"json": 1, "empty": 1})
    assert at.store.lists(P, [7]) == {}


def test_a_superseded_rating_is_counted_as_without_effect(at: ObservedWorker) -> None:
    at.apply(rated(half_stars=10), first=0)
    at.apply(rated(half_stars=1, at_ms=AT_MS - 1), first=1)

    assert at.position == Position(2, 1, 1, {})
    assert at.store.totals(P, [10])[10][9] == 1


def test_taking_a_rating_back_empties_list_and_total(at: ObservedWorker) -> None:
    at.apply(rated(), first=0)
    at.apply(retracted(at_ms=AT_MS + 1), first=1)

    assert len(at.store.lists(P, [7])[7].movies) == 0
    assert at.store.totals(P, [10]) == {10: (0,) * 10}


def test_a_dismissed_movie_leaves_the_list(at: ObservedWorker) -> None:
    at.apply(rated(), first=0)
    first = int(at.store.lists(P, [7])[7].movies[0])

    at.apply(dismissed(movie_id=first), first=1)

    assert first not in at.store.lists(P, [7])[7].movies


def test_a_partition_that_lost_its_position_is_cleared_of_what_is_left(at: ObservedWorker) -> None:
    at.apply(rated(), first=0)
    at.store.forget_position(P)

    assert at.store.begin_load(P, 0)

    assert at.store.histories(P, [7])[7].entries == {}
    assert (at.store.lists(P, [7]), at.store.totals(P, [10])) == ({}, {10: (0,) * 10})
    at.apply(rated(), first=0)
    assert at.store.totals(P, [10])[10][7] == 1


def test_a_partition_with_a_position_is_never_cleared(at: ObservedWorker) -> None:
    at.apply(rated(), first=0, behind=True)

    assert not at.store.begin_load(P, -77)

    assert at.store.histories(P, [7])[7] == history({10: 8})
    assert at.store.owed(P, 10) == {7: 0}


def test_other_partitions_are_left_alone(at: ObservedWorker) -> None:
    at.apply(rated(), first=0)

    at.store.begin_load((P + 1) % PARTITIONS, 0)

    assert at.store.histories(P, [7])[7] == history({10: 8})

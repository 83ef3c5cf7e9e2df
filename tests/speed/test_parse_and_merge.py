from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.event_parser import Reason
from contracts.histories import DISMISSED, RETRACTED, History
from contracts.partitioner import partition_of
from harness.builders import PARTITIONS, consumed, dismissed, rated, retracted
from redis_store.partition_position import Position
from speed.parse_and_merge import (
    OffsetGap,
    deltas_of,
    merged,
    moved,
    new_totals,
    parsed,
    state_of,
    stretches,
)


def users_of_one_partition(count: int) -> list[int]:
    """Users that share user 7's partition."""
    home = partition_of(7, PARTITIONS)
    return [u for u in range(1, 1000) if partition_of(u, PARTITIONS) == home][:count]


def test_records_are_cut_into_stretches_but_not_within_one_users() -> None:
    one, other = users_of_one_partition(2)
    users = [one, other, one, one, one, other, other]
    records = consumed(*(rated(user) for user in users))

    cut = [[record.offset for record in part] for part in stretches(records, 3)]

    assert cut == [[0, 1, 2, 3, 4], [5, 6]]


@given(st.lists(st.sampled_from(users_of_one_partition(3))), st.integers(1, 9))
def test_every_record_is_in_one_stretch(users: list[int], limit: int) -> None:
    records = consumed(*(rated(user) for user in users))

    cut = list(stretches(records, limit))

    assert [one for part in cut for one in part] == records
    assert all(len(part) >= limit for part in cut[:-1])


def test_a_stretch_is_parsed_into_events_and_rejects() -> None:
    stretch = parsed(consumed(rated(), b"junk", rated(movie_id=20), first=5), PARTITIONS)

    assert (stretch.first, stretch.next_offset) == (5, 8)
    assert [(offset, event.movie_id) for offset, _, event in stretch.events] == [(5, 10), (7, 20)]
    assert stretch.rejected == Counter({Reason.json: 1})


def test_an_offset_that_is_left_out_raises() -> None:
    records = consumed(rated(), rated(), rated(), first=5)

    with pytest.raises(OffsetGap, match="only 2 records between offsets 5 and 8"):
        parsed([records[0], records[2]], PARTITIONS)


def test_users_are_in_the_order_of_their_last_event() -> None:
    a, b, c = users_of_one_partition(3)
    events = [rated(user_id=user) for user in (a, b, c, a)]

    assert parsed(consumed(*events), PARTITIONS).users == [b, c, a]


def test_each_user_has_an_own_history() -> None:
    a, b = users_of_one_partition(2)
    stretch = parsed(consumed(rated(a, 10), rated(b, 20), rated(a, 30)), PARTITIONS)

    outcomes = merged(stretch, {a: History(), b: History()})

    assert {u: set(o.history.entries) for u, o in outcomes.items()} == {a: {10, 30}, b: {20}}


@pytest.mark.parametrize(
    ("event", "state"),
    [(rated(half_stars=7), 7), (retracted(), RETRACTED), (dismissed(), DISMISSED)],
)
def test_an_event_has_a_state(event: object, state: int) -> None:
    assert isinstance(event, type(rated()))
    assert state_of(event) == state


def test_the_position_counts_every_record_once() -> None:
    stretch = parsed(consumed(rated(), rated(), b"junk", b"", first=3), PARTITIONS)
    outcomes = merged(stretch, {7: History()})

    before = Position(3, 2, 0, {"json": 1}, {"0:likes": 1})
    after = moved(before, stretch, outcomes, Counter({"0:likes": 2}))

    assert after == Position(7, 3, 1, {"json": 2, "empty": 1}, {"0:likes": 3})
    assert after.counted == after.next_offset


def test_totals_are_the_stored_ones_and_the_changes() -> None:
    stretch = parsed(consumed(rated(half_stars=10)), PARTITIONS)
    stored = {10: (1,) * 10}

    totals = new_totals(deltas_of(merged(stretch, {7: History()})), stored)

    assert totals == {10: (1,) * 9 + (2,)}


def test_a_changed_rating_moves_from_one_count_to_the_other() -> None:
    stretch = parsed(consumed(rated(half_stars=10), rated(half_stars=1)), PARTITIONS)

    assert deltas_of(merged(stretch, {7: History()})) == {10: [1] + [0] * 9}

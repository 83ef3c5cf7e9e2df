import numpy as np
import pytest

from contracts.active_version import Active
from contracts.list_precedence import Source, choose, unmasked
from contracts.partitioner import partition_of
from contracts.ranked_lists import RankedList
from harness.builders import AT_MS, PARTITIONS, ranked

USER = 7
SNAPSHOT = 100
P = partition_of(USER, PARTITIONS)
ACTIVE = Active(3, 2, 1, {P: SNAPSHOT}, {P: 50}, AT_MS)
FOLDIN, LISTED = Source.fold_in, Source.batch

NEWER, OLDER = ranked(1, 2, next_offset=SNAPSHOT + 1), ranked(3, 4, next_offset=SNAPSHOT - 1)
AT_SNAPSHOT = ranked(5, 6, next_offset=SNAPSHOT)
OTHER_MODELS = ranked(7, 8, version=1, next_offset=SNAPSHOT + 1)
NO_LIKE = ranked(next_offset=SNAPSHOT + 1)
BATCH = ranked(9, 10, version=2)

RULE = {
    "newer than the snapshot": (ACTIVE, NEWER, BATCH, NEWER, FOLDIN),
    "newer than the snapshot, of another model": (
        ACTIVE,
        OTHER_MODELS,
        BATCH,
        OTHER_MODELS,
        FOLDIN,
    ),
    "newer than the snapshot, no batch list": (ACTIVE, NEWER, None, NEWER, FOLDIN),
    "empty: no like to rank by": (ACTIVE, NO_LIKE, BATCH, None, FOLDIN),
    "covered by the snapshot": (ACTIVE, AT_SNAPSHOT, BATCH, BATCH, LISTED),
    "older than the snapshot": (ACTIVE, OLDER, BATCH, BATCH, LISTED),
    "older than the snapshot, no batch list": (ACTIVE, OLDER, None, None, LISTED),
    "none": (ACTIVE, None, BATCH, BATCH, LISTED),
    "neither": (ACTIVE, None, None, None, LISTED),
    "nothing active": (None, NEWER, None, None, LISTED),
}


@pytest.mark.parametrize(("active", "foldin", "listed", "shown", "source"), RULE.values(), ids=RULE)
def test_which_list_comes_first(
    active: Active | None,
    foldin: RankedList | None,
    listed: RankedList | None,
    shown: RankedList | None,
    source: Source,
) -> None:
    found = choose(USER, active, foldin, listed, PARTITIONS)

    assert found[0] is shown
    assert found[1] is source


def test_after_a_rollback_a_list_past_the_older_snapshot_wins_again() -> None:
    rolled_back = Active(4, 1, 2, {P: 50}, {P: 50}, AT_MS)

    assert choose(USER, rolled_back, OLDER, BATCH, PARTITIONS) == (OLDER, FOLDIN)


def test_a_partition_that_the_snapshot_lacks_begins_at_zero() -> None:
    active = Active(1, 1, None, {}, {}, AT_MS)

    assert choose(USER, active, OLDER, BATCH, PARTITIONS)[1] is FOLDIN


def test_masked_movies_are_left_out() -> None:
    at = unmasked(ranked(1, 2, 3, 4), {2, 3, 99}, 10)

    assert at.tolist() == [0, 3]


def test_masking_still_fills_the_limit() -> None:
    assert unmasked(ranked(*range(1, 21)), range(1, 6), 3).tolist() == [5, 6, 7]


@pytest.mark.parametrize("movies", [(), (1, 2)])
def test_nothing_may_be_left(movies: tuple[int, ...]) -> None:
    assert np.array_equal(unmasked(ranked(*movies), {1, 2}, 3), [])

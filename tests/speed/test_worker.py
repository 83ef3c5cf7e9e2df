"""The worker on both stores: the one in memory is proven to keep the real one's promises."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from contracts.histories import Entry
from contracts.keys import Keys
from contracts.store.connection import connect
from contracts.store.speed import Position, PositionMoved, SpeedStore
from contracts.store.versions import Active
from contracts.topics import partition_of
from recommender.folding import Folder
from speed.change import OffsetGap
from speed.models import Live
from speed.quality import Popular
from speed.worker import LIST_LENGTH, Worker
from tests.builders import (
    AT_MS,
    PARTITIONS,
    consumed,
    dismissed,
    history,
    model,
    own_keys,
    rated,
    retracted,
)
from tests.speed.fakes import FakeSpeedStore, FakeStatus, worker_on

P = partition_of(7, PARTITIONS)
TOOK_MS = 40
LIVE = Live(Active(1, 3, None, {}, {}, AT_MS), Folder(model()), Popular(model()))


@dataclass
class Fixture:
    """A worker with what it writes to."""

    worker: Worker
    store: SpeedStore
    status: FakeStatus
    live: Live = field(default_factory=lambda: replace(LIVE, popular=Popular(model())))

    def apply(self, *events: object, first: int, live: Live | None = LIVE, **more: bool) -> None:
        records, own = consumed(*events, first=first), self.live  # type: ignore[arg-type]
        self.worker.apply(P, records, own if live is LIVE else live, more.get("behind", False))

    @property
    def position(self) -> Position:
        """Without what lists are judged by."""
        return replace(self.store.position(P), judged={})


@pytest.fixture(params=["fake", pytest.param("redis", marks=pytest.mark.integration)])
def store(request: pytest.FixtureRequest) -> SpeedStore:
    if request.param == "fake":
        return FakeSpeedStore()
    keys: Keys = own_keys()
    return SpeedStore(connect(request.getfixturevalue("redis_url"), timeout_s=5), keys)


@pytest.fixture
def at(store: SpeedStore) -> Fixture:
    status = FakeStatus()
    return Fixture(worker_on(store, status, AT_MS + TOOK_MS), store, status)


def test_an_event_reaches_history_list_totals_and_position(at: Fixture) -> None:
    at.apply(rated(half_stars=10), first=0)

    assert at.position == Position(1, 1, 0, {})
    assert at.store.histories(P, [7])[7] == history({10: 10})
    assert at.store.totals(P, [10]) == {10: (0,) * 9 + (1,)}
    assert 10 not in at.store.lists(P, [7])[7].movies


def test_two_ratings_of_one_user_in_one_poll_both_count(at: Fixture) -> None:
    at.apply(rated(movie_id=10), rated(movie_id=20), first=0)

    assert at.store.histories(P, [7])[7] == history({10: 8, 20: 8}, next_offset=2)
    assert at.store.totals(P, [10, 20]) == dict.fromkeys([10, 20], (0,) * 7 + (1, 0, 0))
    assert at.store.position(P).applied == 2


def test_a_list_is_stamped_with_what_it_reflects(at: Fixture) -> None:
    at.apply(rated(), b"junk", rated(movie_id=20), first=0)

    made = at.store.lists(P, [7])[7]

    stamp = (made.version, made.next_offset, made.generated_at_ms, made.events_through_ms)
    assert stamp == (3, 3, AT_MS + TOOK_MS, AT_MS)


def test_the_list_is_the_fold_in_of_the_whole_history(at: Fixture) -> None:
    at.apply(rated(movie_id=10), first=0)
    at.apply(rated(movie_id=20, half_stars=1), first=1)

    expected = LIVE.folder.ranked(history({10: 8, 20: 1}), LIST_LENGTH)

    assert np.array_equal(at.store.lists(P, [7])[7].movies, expected.movies)


def test_a_repeated_stretch_is_refused_and_changes_nothing(at: Fixture) -> None:
    at.apply(rated(), first=0)

    with pytest.raises(PositionMoved):
        at.apply(rated(half_stars=1), first=0)

    assert at.position == Position(1, 1, 0, {})
    assert at.store.histories(P, [7])[7].entries == {10: Entry(8, AT_MS)}


def test_a_stretch_that_overlaps_the_position_is_refused(at: Fixture) -> None:
    at.apply(rated(), rated(movie_id=20), first=0)

    with pytest.raises(PositionMoved):
        at.apply(rated(movie_id=20), rated(movie_id=30), first=1)

    assert at.store.position(P).next_offset == 2


def test_a_stretch_past_the_position_is_refused(at: Fixture) -> None:
    with pytest.raises(PositionMoved):
        at.apply(rated(), first=5)

    assert at.store.position(P) == Position()


def test_a_stretch_with_a_gap_raises(at: Fixture) -> None:
    records = consumed(rated(), rated(), rated())

    with pytest.raises(OffsetGap):
        at.worker.apply(P, [records[0], records[2]], LIVE, behind=False)

    assert at.store.position(P) == Position()


def test_rejected_records_move_the_position_and_nothing_else(at: Fixture) -> None:
    at.apply(b"junk", b"", first=0)

    assert at.position == Position(2, 0, 0, {"json": 1, "empty": 1})
    assert at.store.lists(P, [7]) == {}


def test_a_superseded_rating_is_counted_as_without_effect(at: Fixture) -> None:
    at.apply(rated(half_stars=10), first=0)
    at.apply(rated(half_stars=1, at_ms=AT_MS - 1), first=1)

    assert at.position == Position(2, 1, 1, {})
    assert at.store.totals(P, [10])[10][9] == 1


def test_taking_a_rating_back_empties_list_and_total(at: Fixture) -> None:
    at.apply(rated(), first=0)
    at.apply(retracted(at_ms=AT_MS + 1), first=1)

    assert len(at.store.lists(P, [7])[7].movies) == 0
    assert at.store.totals(P, [10]) == {10: (0,) * 10}


def test_a_dismissed_movie_leaves_the_list(at: Fixture) -> None:
    at.apply(rated(), first=0)
    first = int(at.store.lists(P, [7])[7].movies[0])

    at.apply(dismissed(movie_id=first), first=1)

    assert first not in at.store.lists(P, [7])[7].movies


def test_under_a_backlog_lists_are_owed(at: Fixture) -> None:
    at.apply(rated(), rated(movie_id=20), first=0, behind=True)

    assert at.store.histories(P, [7])[7].next_offset == 2
    assert at.store.lists(P, [7]) == {}
    assert at.store.owed(P, 10) == {7: 1}


def test_without_a_model_lists_are_owed(at: Fixture) -> None:
    at.apply(rated(), first=0, live=None)

    assert at.store.owed(P, 10) == {7: 0}


def test_a_live_event_settles_the_users_debt(at: Fixture) -> None:
    at.apply(rated(), first=0, behind=True)
    at.apply(rated(movie_id=20), first=1)

    assert at.store.owed(P, 10) == {}


def test_settling_makes_the_owed_list_and_moves_nothing(at: Fixture) -> None:
    at.apply(rated(), first=0, behind=True)
    before = at.store.position(P)

    assert at.worker.settle(P, LIVE, 5) == 1

    assert at.store.lists(P, [7])[7].next_offset == 1
    assert at.store.owed(P, 10) == {}
    assert at.store.position(P) == before


def test_settling_takes_the_newest_first_and_stops_at_the_limit(at: Fixture) -> None:
    users = [u for u in range(1, 100) if partition_of(u, PARTITIONS) == P][:4]
    at.apply(*(rated(user_id=user) for user in users), first=0, behind=True)

    at.worker.settle(P, LIVE, 3)

    assert at.store.owed(P, 10) == {users[0]: 0}


def test_what_is_owed_is_counted(at: Fixture) -> None:
    users = [u for u in range(1, 100) if partition_of(u, PARTITIONS) == P][:4]
    at.apply(*(rated(user_id=user) for user in users), first=0, behind=True)

    assert at.store.count_owed(P) == 4


def test_where_nothing_is_owed_nothing_is_settled(at: Fixture) -> None:
    assert at.worker.settle(P, LIVE, 5) == 0


def test_an_activation_owes_a_list_to_all_whom_its_snapshot_does_not_cover(at: Fixture) -> None:
    users = [u for u in range(1, 100) if partition_of(u, PARTITIONS) == P][:4]
    at.apply(*(rated(user_id=user) for user in users), first=0)

    at.store.follow_activation(P, 2, 0)

    assert at.store.owed(P, 10) == {users[2]: 2, users[3]: 3}


def test_an_activation_forgets_debts_that_its_snapshot_covers(at: Fixture) -> None:
    at.apply(rated(), first=0, behind=True)

    at.store.follow_activation(P, 1, 0)

    assert at.store.owed(P, 10) == {}


def test_users_before_the_oldest_kept_snapshot_are_forgotten(at: Fixture) -> None:
    users = [u for u in range(1, 100) if partition_of(u, PARTITIONS) == P][:3]
    at.apply(*(rated(user_id=user) for user in users), first=0)

    at.store.follow_activation(P, 3, 1)
    at.store.follow_activation(P, 0, 0)

    assert at.store.owed(P, 10) == {users[1]: 1, users[2]: 2}


def test_a_partition_that_lost_its_position_is_cleared_of_what_is_left(at: Fixture) -> None:
    at.apply(rated(), first=0)
    at.store.forget_positions(PARTITIONS)

    assert at.store.begin_load(P, 0)

    assert at.store.histories(P, [7])[7].entries == {}
    assert (at.store.lists(P, [7]), at.store.totals(P, [10])) == ({}, {10: (0,) * 10})
    at.apply(rated(), first=0)
    assert at.store.totals(P, [10])[10][7] == 1


def test_a_partition_with_a_position_is_never_cleared(at: Fixture) -> None:
    at.apply(rated(), first=0, behind=True)

    assert not at.store.begin_load(P, -77)

    assert at.store.histories(P, [7])[7] == history({10: 8})
    assert at.store.owed(P, 10) == {7: 0}


def test_other_partitions_are_left_alone(at: Fixture) -> None:
    at.apply(rated(), first=0)

    at.store.begin_load((P + 1) % PARTITIONS, 0)

    assert at.store.histories(P, [7])[7] == history({10: 8})


def test_a_fresh_rating_of_someone_with_a_list_is_a_story(at: Fixture) -> None:
    at.apply(rated(half_stars=10), first=0)
    before = at.store.lists(P, [7])[7].movies[:10].tolist()

    at.apply(rated(movie_id=before[0], half_stars=1), first=1)

    after = at.store.lists(P, [7])[7].movies[:10].tolist()
    (story,) = at.status.stories
    assert (story.user_id, story.movie_id, story.half_stars) == (7, before[0], 1)
    assert story.milliseconds == TOOK_MS
    assert set(story.gained) == set(after) - set(before)
    assert set(story.lost) == set(before) - set(after) - {before[0]}


def test_a_first_rating_is_no_story(at: Fixture) -> None:
    at.apply(rated(), first=0)

    assert at.status.stories == []


def test_an_old_rating_is_neither_story_nor_measured(at: Fixture) -> None:
    at.apply(rated(), first=0)
    measured = at.worker.freshness.fields({})

    at.apply(rated(movie_id=20, at_ms=AT_MS - 3_600_001), first=1)

    assert at.status.stories == []
    assert at.worker.freshness.fields({}) == measured


def test_each_fresh_event_is_measured_once(at: Fixture) -> None:
    at.apply(rated(), rated(movie_id=20), b"junk", first=0)

    assert sum(at.worker.freshness.fields({}).values()) == 2


def test_a_like_of_what_was_in_the_list_is_a_hit_before_it_is_learned(at: Fixture) -> None:
    at.apply(rated(half_stars=10), first=0)
    first = int(at.store.lists(P, [7])[7].movies[0])

    at.apply(rated(movie_id=first, half_stars=10), first=1)
    at.apply(rated(movie_id=99_999, half_stars=10), first=2)

    judged = at.store.position(P).judged
    assert (judged["1:likes"], judged["1:live"]) == (2, 1)


def test_lists_that_are_owed_are_not_judged(at: Fixture) -> None:
    at.apply(rated(half_stars=10), first=0, behind=True)
    at.apply(rated(movie_id=20, half_stars=10), first=1, live=None)

    assert at.store.position(P).judged == {}

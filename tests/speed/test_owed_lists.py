"""Lists that are owed: under a backlog, without a model, after an activation; and made later."""

from contracts.partitioner import partition_of
from harness.builders import PARTITIONS, rated
from tests.speed.observed_worker import LIVE, ObservedWorker, P


def test_under_a_backlog_lists_are_owed(at: ObservedWorker) -> None:
    at.apply(rated(), rated(movie_id=20), first=0, behind=True)

    assert at.store.histories(P, [7])[7].next_offset == 2
    assert at.store.lists(P, [7]) == {}
    assert at.store.owed(P, 10) == {7: 1}


def test_without_a_model_lists_are_owed(at: ObservedWorker) -> None:
    at.apply(rated(), first=0, live=None)

    assert at.store.owed(P, 10) == {7: 0}


def test_a_live_event_settles_the_users_debt(at: ObservedWorker) -> None:
    at.apply(rated(), first=0, behind=True)
    at.apply(rated(movie_id=20), first=1)

    assert at.store.owed(P, 10) == {}


def test_settling_makes_the_owed_list_and_moves_nothing(at: ObservedWorker) -> None:
    at.apply(rated(), first=0, behind=True)
    before = at.store.position(P)

    assert at.worker.make_owed_lists(P, LIVE, 5) == 1

    assert at.store.lists(P, [7])[7].next_offset == 1
    assert at.store.owed(P, 10) == {}
    assert at.store.position(P) == before


def test_settling_takes_the_newest_first_and_stops_at_the_limit(at: ObservedWorker) -> None:
    users = [u for u in range(1, 100) if partition_of(u, PARTITIONS) == P][:4]
    at.apply(*(rated(user_id=user) for user in users), first=0, behind=True)

    at.worker.make_owed_lists(P, LIVE, 3)

    assert at.store.owed(P, 10) == {users[0]: 0}


def test_what_is_owed_is_counted(at: ObservedWorker) -> None:
    users = [u for u in range(1, 100) if partition_of(u, PARTITIONS) == P][:4]
    at.apply(*(rated(user_id=user) for user in users), first=0, behind=True)

    assert at.store.count_owed(P) == 4


def test_where_nothing_is_owed_nothing_is_settled(at: ObservedWorker) -> None:
    assert at.worker.make_owed_lists(P, LIVE, 5) == 0


def test_an_activation_owes_a_list_to_all_whom_its_snapshot_does_not_cover(
    at: ObservedWorker,
) -> None:
    users = [u for u in range(1, 100) if partition_of(u, PARTITIONS) == P][:4]
    at.apply(*(rated(user_id=user) for user in users), first=0)

    at.store.follow_activation(P, 2, 0)

    assert at.store.owed(P, 10) == {users[2]: 2, users[3]: 3}


def test_an_activation_forgets_debts_that_its_snapshot_covers(at: ObservedWorker) -> None:
    at.apply(rated(), first=0, behind=True)

    at.store.follow_activation(P, 1, 0)

    assert at.store.owed(P, 10) == {}


def test_users_before_the_oldest_kept_snapshot_are_forgotten(at: ObservedWorker) -> None:
    users = [u for u in range(1, 100) if partition_of(u, PARTITIONS) == P][:3]
    at.apply(*(rated(user_id=user) for user in users), first=0)

    at.store.follow_activation(P, 3, 1)
    at.store.follow_activation(P, 0, 0)

    assert at.store.owed(P, 10) == {users[1]: 1, users[2]: 2}

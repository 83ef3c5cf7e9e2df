"""What is told and measured of a fresh event: story, freshness, hits."""

from harness.builders import AT_MS, rated
from tests.speed.observed_worker import TOOK_MS, ObservedWorker, P


def test_a_fresh_rating_of_someone_with_a_list_is_a_story(at: ObservedWorker) -> None:
    at.apply(rated(half_stars=10), first=0)
    before = at.store.lists(P, [7])[7].movies[:10].tolist()

    at.apply(rated(movie_id=before[0], half_stars=1), first=1)

    after = at.store.lists(P, [7])[7].movies[:10].tolist()
    (change,) = at.status.list_changes
    assert (change.user_id, change.movie_id, change.half_stars) == (7, before[0], 1)
    assert change.milliseconds == TOOK_MS
    assert set(change.gained) == set(after) - set(before)
    assert set(change.lost) == set(before) - set(after) - {before[0]}


def test_a_first_rating_is_no_story(at: ObservedWorker) -> None:
    at.apply(rated(), first=0)

    assert at.status.list_changes == []


def test_an_old_rating_is_neither_story_nor_measured(at: ObservedWorker) -> None:
    at.apply(rated(), first=0)
    measured = at.worker.freshness.counts.copy()

    at.apply(rated(movie_id=20, at_ms=AT_MS - 3_600_001), first=1)

    assert at.status.list_changes == []
    assert at.worker.freshness.counts == measured


def test_each_fresh_event_is_measured_once(at: ObservedWorker) -> None:
    at.apply(rated(), rated(movie_id=20), b"junk", first=0)

    assert at.worker.freshness.counts.total() == 2


def test_a_like_of_what_was_in_the_list_is_a_hit_before_it_is_learned(at: ObservedWorker) -> None:
    at.apply(rated(half_stars=10), first=0)
    first = int(at.store.lists(P, [7])[7].movies[0])

    at.apply(rated(movie_id=first, half_stars=10), first=1)
    at.apply(rated(movie_id=99_999, half_stars=10), first=2)

    judged = at.store.position(P).judged
    assert (judged["1:likes"], judged["1:live"]) == (2, 1)


def test_lists_that_are_owed_are_not_judged(at: ObservedWorker) -> None:
    at.apply(rated(half_stars=10), first=0, behind=True)
    at.apply(rated(movie_id=20, half_stars=10), first=1, live=None)

    assert at.store.position(P).judged == {}

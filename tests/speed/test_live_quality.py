"""What counts as a hit of which contender."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from contracts.events import Event
from contracts.histories import DISMISSED, RETRACTED, History
from harness.builders import AT_MS, PARTITIONS, consumed, dismissed, history, model, rated
from speed.live_quality import ListsBefore, Popular, judged
from speed.parse_and_merge import parsed

LIKE, NEUTRAL = 10, 6
TEN = list(range(10, 110, 10))
SECOND_MS = 1000


def found(
    *events: Event,
    before: History | None = None,
    live: Sequence[int] | None = TEN,
    frozen: Sequence[int] | None = (),
    popular: Popular | None = None,
) -> Counter[str]:
    stretch = parsed(consumed(*events), PARTITIONS)
    shown = {7: ListsBefore(live, frozen)}
    known = {7: before or History()}
    return judged(stretch, known, shown, popular or Popular(model(movies=0)))


def liked(*movies: int, at_ms: int = AT_MS) -> list[Event]:
    return [rated(movie_id=movie, half_stars=LIKE, at_ms=at_ms) for movie in movies]


def rated_before(seconds: int) -> History:
    """The history of somebody whose only rating is so old."""
    return history({1: LIKE}, at_ms=AT_MS - seconds * SECOND_MS)


def test_a_like_is_a_hit_of_whoever_had_it_among_the_first_ten() -> None:
    assert found(*liked(100), frozen=[100]) == {"0:likes": 1, "0:live": 1, "0:frozen": 1}


def test_likes_are_also_counted_by_the_time_since_the_last_rating() -> None:
    gaps = {0: "minute", 60: "minute", 61: "hour", 3600: "hour", 3601: "longer"}
    for seconds, gap in gaps.items():
        assert found(*liked(100), before=rated_before(seconds))[f"{gap}:live"] == 1


def test_a_like_that_is_dated_before_the_last_rating_is_of_the_shortest_gap() -> None:
    assert found(*liked(100), before=rated_before(-5))["minute:likes"] == 1


def test_after_a_minute_likes_are_counted_by_how_many_liked_the_movie_at_the_snapshot() -> None:
    popular = Popular(model())
    most = popular.before[0]
    bucket = f"p{int(np.log2(popular.at_snapshot[most] + 1))}"
    for _ in range(100):
        popular.learn(0, [most])

    seen = found(*liked(most, 999), before=rated_before(61), live=[most], popular=popular)

    assert (seen[f"{bucket}:likes"], seen[f"{bucket}:live"], seen["p0:likes"]) == (1, 1, 1)
    assert found(*liked(most), before=rated_before(60), popular=popular)[f"{bucket}:likes"] == 0


def test_what_was_dismissed_or_taken_back_is_no_rating_to_count_the_time_from() -> None:
    before = history({1: DISMISSED, 2: RETRACTED})

    seen = found(*liked(100), before=before)

    assert not {group for group in seen if group.startswith(("minute", "hour", "longer"))}


def test_the_eleventh_is_none() -> None:
    assert found(*liked(999), live=[*TEN, 999])["0:live"] == 0


def test_what_was_rated_or_dismissed_before_takes_no_place() -> None:
    before = history({10: NEUTRAL, 20: DISMISSED})

    assert found(*liked(998, 999), before=before, live=[*TEN, 998, 999])["0:live"] == 2


def test_only_a_first_like_is_scored() -> None:
    before = history({10: NEUTRAL})

    assert found(*liked(10), before=before) == {}
    assert found(rated(movie_id=20, half_stars=NEUTRAL), dismissed(movie_id=30)) == {}


def test_a_burst_is_scored_against_what_was_known_before_it() -> None:
    within = found(*liked(10, 999), live=[*TEN, 999])
    after = found(*liked(10), *liked(999, at_ms=AT_MS + SECOND_MS), live=[*TEN, 999])

    assert (within["0:live"], within["0:likes"]) == (1, 2)
    assert (after["0:live"], after["1:live"]) == (1, 1)


def test_groups_go_by_the_likes_before() -> None:
    for likes, group in ((0, 0), (1, 1), (4, 1), (5, 5), (19, 5), (20, 20), (50, 20)):
        before = history({movie: LIKE for movie in range(1, likes + 1)})

        assert found(*liked(10_000), before=before)[f"{group}:likes"] == 1


def test_who_has_no_list_is_shown_what_was_popular_at_the_snapshot() -> None:
    one = model()
    popular = Popular(one)
    (most,) = popular.before[:1]
    popular.learn(0, [99_999])

    seen = found(*liked(most), live=None, frozen=None, popular=popular)

    assert (seen["0:live"], seen["0:frozen"], seen["0:popular"]) == (1, 1, 1)


def test_popularity_learns_after_it_is_scored() -> None:
    popular = Popular(model(movies=0))

    assert found(*liked(10), popular=popular)["0:popular"] == 0
    assert found(*liked(10), popular=popular)["0:popular"] == 1


@given(st.lists(st.integers(1, 6), max_size=60))
def test_the_most_liked_come_first_and_equals_by_id(learned: list[int]) -> None:
    popular = Popular(model(movies=0))
    for movie in learned:
        popular.learn(0, [movie])

    counts = Counter(learned)
    assert list(popular) == sorted(counts, key=lambda movie: (-counts[movie], movie))

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.trends import (
    DAY,
    GRAINS,
    HOUR,
    MINUTE,
    Bucket,
    Grain,
    Tally,
    Window,
    decayed,
    joined,
    last_buckets,
    trending_genres,
    trending_movies,
)

COUNTS = st.dictionaries(
    st.sampled_from(["m:1", "m:2", "m:10", "g:War", "g:Drama"]),
    st.tuples(st.integers(1, 50), st.integers(1, 500)),
)
PARTS = st.lists(COUNTS, max_size=60)
HALF_LIVES = st.sampled_from([window.half_life for window in Window])


def order(*buckets: Mapping[str, tuple[int, int]]) -> list[int]:
    """The movies that trend over ten minutes."""
    return [movie for movie, _ in trending_movies(decayed(buckets, 2.5), 10)]


def test_a_trend_is_the_sum_of_its_buckets_each_weighed_by_its_age() -> None:
    buckets = [{"m:1": (2, 10), "m:2": (1, 9)}, {}, {"m:2": (4, 11)}]

    assert decayed(buckets, half_life=2) == {"m:1": Tally(2, 2, 10), "m:2": Tally(3, 5, 20)}


@pytest.mark.parametrize("window", Window)
def test_a_rating_weighs_half_after_a_quarter_of_the_window(window: Window) -> None:
    grain, _ = (buckets := window.buckets(0))[0]
    seconds = {"10m": 600, "1h": 3600, "1d": 86_400, "7d": 7 * 86_400}[window]

    assert len(buckets) * grain.seconds == seconds
    assert window.half_life * grain.seconds == seconds / 4


def test_newer_ratings_outweigh_more_numerous_older_ones() -> None:
    assert order({"m:1": (3, 9)}, *[{}] * 4, {"m:2": (10, 99)}) == [1, 2]
    assert order({"m:1": (2, 9)}, *[{}] * 4, {"m:2": (10, 99)}) == [2, 1]


def test_of_equal_scores_the_more_rated_come_first_then_the_better_then_the_first_by_id() -> None:
    five_ago = {"m:7": (4, 4)}  # two half-lives: each counts for a quarter
    now = {"m:10": (1, 8), "m:9": (1, 8), "m:8": (1, 9)}

    assert order(now, {}, {}, {}, {}, five_ago) == [7, 8, 9, 10]


def test_equal_sums_are_equal_in_whatever_order_they_were_added() -> None:
    one, other = {"m:1": (1, 2), "m:2": (1, 2)}, {"m:1": (3, 6), "m:2": (3, 6)}
    parts = joined(decayed([one], 15), decayed([other, one], 15, youngest=1))

    scores = {name: tally.score for name, tally in decayed([one, other, one], 15).items()}
    assert {name: tally.score for name, tally in parts.items()} == pytest.approx(scores)
    assert [movie for movie, _ in trending_movies(parts, 10)] == [1, 2]


@given(PARTS, st.integers(0, 60), HALF_LIVES)
def test_parts_of_a_window_are_the_whole(
    buckets: list[dict[str, tuple[int, int]]], at: int, half_life: float
) -> None:
    whole = decayed(buckets, half_life)

    parts = joined(decayed(buckets[:at], half_life), decayed(buckets[at:], half_life, youngest=at))

    assert parts.keys() == whole.keys()
    assert all(parts[name] == pytest.approx(whole[name]) for name in whole)
    first, of_whole = trending_movies(parts, 3), trending_movies(whole, 3)
    assert [movie for movie, _ in first] == [movie for movie, _ in of_whole]


@given(PARTS, HALF_LIVES)
def test_a_score_lies_between_nothing_and_the_number_of_ratings(
    buckets: list[dict[str, tuple[int, int]]], half_life: float
) -> None:
    tallies = decayed(buckets, half_life)

    assert all(0 < tally.score <= tally.ratings * (1 + 1e-9) for tally in tallies.values())
    assert sum(t.ratings for t in tallies.values()) == sum(
        r for b in buckets for r, _ in b.values()
    )


@given(PARTS, HALF_LIVES)
def test_movies_and_genres_are_all_there_in_falling_order(
    buckets: list[dict[str, tuple[int, int]]], half_life: float
) -> None:
    tallies = decayed(buckets, half_life)

    movies, genres = trending_movies(tallies, 99), trending_genres(tallies, 99)

    assert {f"m:{movie}" for movie, _ in movies} | {f"g:{g}" for g, _ in genres} == tallies.keys()
    for trend in (movies, genres):
        scores = [round(tally.score, 6) for _, tally in trend]
        assert scores == sorted(scores, reverse=True)


def test_genres_trend_by_themselves() -> None:
    tallies = decayed([{"g:Drama": (9, 50), "g:War": (10, 50), "m:1": (10, 50)}], 15)

    assert trending_genres(tallies, 10) == [("War", Tally(10, 10, 50)), ("Drama", Tally(9, 9, 50))]


def test_no_more_than_the_limit_are_given() -> None:
    tallies = decayed([{f"m:{n}": (1, 1) for n in range(20)}], 15)

    assert [movie for movie, _ in trending_movies(tallies, 5)] == [0, 1, 2, 3, 4]


def test_nothing_trends_in_empty_buckets() -> None:
    assert decayed([{}, {}], 15) == {}


def test_the_last_buckets_begin_with_the_running_one() -> None:
    assert last_buckets(MINUTE, 3, 605) == [Bucket(MINUTE, s) for s in (600, 540, 480)]


@pytest.mark.parametrize("grain", GRAINS)
def test_a_bucket_begins_at_a_multiple_of_its_width(grain: Grain) -> None:
    assert last_buckets(grain, 2, 1_763_632_801)[0].start_s % grain.seconds == 0


def test_every_grain_is_kept_longer_than_the_windows_that_it_makes() -> None:
    for window in Window:
        (grain, oldest_s) = window.buckets(10 * DAY.seconds - 1)[-1]

        assert oldest_s + grain.seconds + grain.kept_s > 10 * DAY.seconds


def test_a_day_is_whole_hours_and_an_hour_whole_minutes() -> None:
    assert (DAY.seconds % HOUR.seconds, HOUR.seconds % MINUTE.seconds) == (0, 0)

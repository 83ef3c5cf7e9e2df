import pytest

from contracts.trends import DAY, HOUR, MINUTE, Bucket, last_buckets, trending


def test_trending_movies_are_sums_over_buckets() -> None:
    buckets = [{"m:1": (2, 10), "m:2": (1, 9)}, {"m:2": (2, 11), "g:Drama": (9, 50)}]

    assert trending(buckets, 10) == [(2, 3, 20), (1, 2, 10)]


def test_genres_are_no_movies() -> None:
    assert trending([{"g:Drama": (9, 50)}], 10) == []


def test_among_equally_rated_movies_the_better_come_first() -> None:
    assert [m for m, _, _ in trending([{"m:1": (2, 8), "m:2": (2, 9), "m:3": (2, 9)}], 10)] == [
        2, 3, 1,
    ]  # fmt: skip


def test_no_more_than_the_limit_are_given() -> None:
    assert len(trending([{f"m:{n}": (1, 1) for n in range(20)}], 5)) == 5


def test_nothing_trends_in_empty_buckets() -> None:
    assert trending([{}, {}], 10) == []


def test_the_last_buckets_begin_with_the_running_one() -> None:
    assert last_buckets(MINUTE, 605, 3) == [Bucket(MINUTE, s) for s in (600, 540, 480)]


@pytest.mark.parametrize("grain", [MINUTE, HOUR, DAY])
def test_a_bucket_begins_at_a_multiple_of_its_width(grain: object) -> None:
    assert isinstance(grain, type(MINUTE))
    assert last_buckets(grain, 1_763_632_801, 2)[0].start_s % grain.seconds == 0

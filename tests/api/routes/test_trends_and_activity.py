"""Routes about trends and activity."""

from typing import Any

import pytest

from api.app import create_app
from contracts.catalogue import Catalogue
from contracts.hyperloglog import REGISTERS
from contracts.trends import DAY, HOUR, MINUTE, Activity, Bucket, Grain
from tests.api.client import ask, ask_app, get
from tests.api.fakes import CATALOGUE, NOW_MS, FakeSource, FakeTrends, World

NOW_S = NOW_MS // 1000
AS_OF = "2027-01-15T08:00:00.000Z"


def ago(grain: Grain, buckets: int) -> Bucket:
    """The bucket so many before the running one."""
    return Bucket(grain, NOW_S - NOW_S % grain.seconds - buckets * grain.seconds)


def trending(counts: dict[Bucket, dict[str, tuple[int, int]]], query: str) -> Any:
    """What trends where these are the counts."""
    return get(World(trends=FakeTrends(counts)), f"/trending?{query}")


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ("10m", ["Alien"]),
        ("1h", ["Alien", "Aliens"]),
        ("1d", ["Speed"]),
        ("7d", ["Speed", "Amélie"]),
    ],
)
def test_trending_is_the_sum_of_the_windows_buckets(window: str, expected: list[str]) -> None:
    counts = {
        ago(MINUTE, 0): {"m:1": (2, 16), "g:Horror": (2, 16)},
        ago(MINUTE, 9): {"m:1": (1, 10)},
        ago(MINUTE, 59): {"m:2": (5, 40)},
        ago(MINUTE, 60): {"m:3": (99, 99)},
        ago(HOUR, 23): {"m:4": (3, 12)},
        ago(HOUR, 24): {"m:5": (99, 99)},
        ago(DAY, 0): {"m:4": (3, 12)},
        ago(DAY, 6): {"m:3": (9, 12)},
        ago(DAY, 7): {"m:5": (99, 99)},
    }

    items = trending(counts, f"window={window}")["items"]

    assert [item["title"] for item in items] == expected


def test_a_trending_movie_tells_score_count_and_mean() -> None:
    counts = {ago(MINUTE, 0): {"m:1": (3, 20)}, ago(MINUTE, 5): {"m:1": (2, 10)}}

    (item,) = trending(counts, "window=10m")["items"]

    assert (item["score"], item["ratings"], item["mean_stars"]) == (3.5, 5, 3)


@pytest.mark.parametrize(("source", "expected"), [(CATALOGUE, [1]), (None, [777_777, 1])])
def test_a_movie_that_nobody_knows_does_not_trend(
    source: Catalogue | None, expected: list[int]
) -> None:
    counts = {ago(MINUTE, 0): {"m:777777": (9, 90), "m:1": (3, 20)}}
    world = World(trends=FakeTrends(counts), source=FakeSource(source))

    items = get(world, "/trending?limit=1" if source else "/trending")["items"]

    assert [item["movie_id"] for item in items] == expected


def test_genres_trend_when_asked_for() -> None:
    counts = {ago(MINUTE, 0): {"m:1": (3, 20), "g:Horror": (3, 20), "g:Sci-Fi": (2, 9)}}

    items = trending(counts, "by=genre")["items"]

    assert items == [
        {"genre": "Horror", "score": 3, "ratings": 3, "mean_stars": 3.33},
        {"genre": "Sci-Fi", "score": 2, "ratings": 2, "mean_stars": 2.25},
    ]


def test_an_answer_says_for_which_moment_it_holds() -> None:
    assert {key: trending({}, "window=7d")[key] for key in ("window", "as_of", "items")} == {
        "window": "7d", "as_of": AS_OF, "items": [],
    }  # fmt: skip
    assert get(World(), "/activity")["as_of"] == AS_OF


@pytest.mark.parametrize("path", ["trending?window=2h", "trending?by=year", "activity?window=2h"])
def test_what_does_not_exist_is_refused(path: str) -> None:
    assert ask(World(), "GET", f"/{path}").status_code == 422


def test_finished_buckets_are_read_again_only_when_they_have_changed() -> None:
    running, last = ago(MINUTE, 0), ago(MINUTE, 1)
    nobody = bytes(REGISTERS)
    fake = FakeTrends({last: {"m:1": (1, 8)}}, {last: Activity(1, 0, 1, nobody)})
    app = create_app(World(trends=fake).services())

    def ratings() -> list[int]:
        fake.asked.clear()
        items = ask_app(app, "GET", "/trending?window=10m").json()["items"]
        return [item["ratings"] for item in items]

    assert (ratings(), len(fake.asked)) == ([1], 10)
    fake.counts[running] = {"m:1": (2, 16)}
    assert (ratings(), fake.asked) == ([3], [running])
    fake.counts[last], fake.happened[last] = {"m:1": (5, 8)}, Activity(5, 0, 5, nobody)
    assert (ratings(), len(fake.asked)) == ([7], 10)


def test_activity_is_the_sum_of_the_windows_buckets_and_the_union_of_their_users() -> None:
    one, other = b"\1\1\0" + bytes(REGISTERS - 3), b"\0\1\1" + bytes(REGISTERS - 3)
    happened = {
        ago(MINUTE, 0): Activity(10, 1, 4, one),
        ago(MINUTE, 59): Activity(20, 0, 5, other),
        ago(MINUTE, 60): Activity(99, 99, 99, bytes([9]) * REGISTERS),
    }

    answer = get(World(trends=FakeTrends(happened=happened)), "/activity?window=1h")

    assert answer == {
        "window": "1h",
        "as_of": AS_OF,
        "degraded": False,
        "records": 30,
        "rejected": 1,
        "rejected_share": 0.0333,
        "ratings": 9,
        "active_users_about": 3,
        "standard_error": 0.023,
    }


def test_where_nothing_happened_nothing_was_rejected() -> None:
    answer = get(World(), "/activity?window=7d")

    assert (answer["records"], answer["rejected_share"], answer["active_users_about"]) == (0, 0, 0)

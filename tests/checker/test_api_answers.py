"""What the API must answer, worked out by hand, and answers with faults planted."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from harness.checker.expected_state import register_and_rank
from harness.checker.state_types import State
from tests.checker.api_answers import WINDOWS, buckets_of, estimate, trend_of, wrong_answers

AS_OF = "2025-11-20T10:00:30.250Z"
NOW_S = 1_763_632_800
USERS = range(1, 41)
Answers = dict[str, dict[str, Any]]


@pytest.fixture
def truth() -> State:
    """Three movies over the last ten minutes, the newest the least rated."""
    return State(
        buckets={
            ("minute", NOW_S): {"m:10": (3, 24), "g:Drama": (9, 70)},
            ("minute", NOW_S - 300): {"m:20": (16, 100), "m:10": (1, 2)},
            ("minute", NOW_S - 540): {"m:30": (16, 100)},
            ("minute", NOW_S - 600): {"m:40": (99, 99)},
        },
        activity={
            ("minute", NOW_S): {"records": 4, "rejected": 1, "ratings": 3},
            ("minute", NOW_S - 300): {"records": 17, "ratings": 17},
            ("minute", NOW_S - 600): {"records": 99, "ratings": 99},
        },
        users={
            ("minute", NOW_S): dict(map(register_and_rank, USERS[:25])),
            ("minute", NOW_S - 300): dict(map(register_and_rank, USERS[15:])),
        },
    )


@pytest.fixture
def right() -> Answers:
    """What the API must answer about ten minutes."""
    rows = [(20, 4.0, 16, 3.13), (10, 3.25, 4, 3.25), (30, 1.32, 16, 3.12)]
    names = ("movie_id", "score", "ratings", "mean_stars")
    trend = [dict(zip(names, row, strict=True)) for row in rows]
    activity = {"records": 21, "rejected": 1, "rejected_share": 0.0476, "ratings": 20}
    window = {"window": "10m", "as_of": AS_OF}
    return {
        "trending": window | {"items": trend},
        "activity": window | activity | {"active_users_about": 40},
    }


def test_right_answers_are_right(truth: State, right: Answers) -> None:
    assert wrong_answers(truth, **right) == []


def test_a_window_is_its_running_bucket_and_those_before_it() -> None:
    assert {w: len(buckets_of(w, AS_OF)) for w in WINDOWS} == {
        "10m": 10,
        "1h": 60,
        "1d": 24,
        "7d": 7,
    }
    assert buckets_of("1d", AS_OF)[:2] == [("hour", NOW_S), ("hour", NOW_S - 3600)]


def test_what_scores_the_same_is_ordered_by_ratings_then_stars_then_movie() -> None:
    now = {"m:10": (1, 8), "m:9": (1, 8), "m:8": (1, 9)}
    state = State(buckets={("minute", NOW_S): now, ("minute", NOW_S - 300): {"m:7": (4, 4)}})

    assert [one["movie_id"] for one in trend_of(state, "10m", AS_OF)] == [7, 8, 9, 10]


@pytest.mark.parametrize("users", [10, 1000, 20_000])
def test_an_estimate_is_nearly_the_number_of_users(users: int) -> None:
    registers: dict[int, int] = {}
    for user in range(1, users + 1):
        register, rank = register_and_rank(user)
        registers[register] = max(rank, registers.get(register, 0))

    assert abs(estimate(registers) - users) < 5 * 0.023 * users


def swap(answers: Answers) -> None:
    items = answers["trending"]["items"]
    items[0], items[1] = items[1], items[0]


FAULTS: dict[str, tuple[Callable[[Answers], object], int]] = {
    "order swapped": (swap, 2),
    "last movie missing": (lambda a: a["trending"]["items"].pop(), 1),
    "one rating more": (lambda a: a["trending"]["items"][1].update(ratings=5), 1),
    "not decayed": (lambda a: a["trending"]["items"][0].update(score=16.0), 1),
    "one window for another": (lambda a: a["trending"].update(window="1h"), 3),
    "a minute later": (lambda a: a["trending"].update(as_of="2025-11-20T10:01:00.000Z"), 3),
    "record lost": (lambda a: a["activity"].update(records=20), 1),
    "rejected not counted": (lambda a: a["activity"].update(rejected=0, rejected_share=0.0), 2),
    "users added instead of merged": (lambda a: a["activity"].update(active_users_about=50), 1),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_seen(truth: State, right: Answers, fault: str) -> None:
    plant, lines = FAULTS[fault]
    answers = copy.deepcopy(right)
    plant(answers)

    assert len(wrong_answers(truth, **answers)) >= lines

"""What `/trending` and `/activity` must answer, by what the topic says.

    window  buckets     a rating weighs half after
    10m     10 minutes  2.5 minutes
    1h      60 minutes  15 minutes
    1d      24 hours    6 hours
    7d      7 days      1.75 days

The running bucket is one of them. One that is `age` buckets old weighs 2^(-age / half-life). What
has the same score to a millionth is ordered by ratings, then by half-stars, then by movie.
"""

import calendar
import math
import time
from collections.abc import Iterator, Mapping
from typing import Any

from harness.checker.expected_state import GRAINS
from harness.checker.state_types import Bucket, Registers, State

WINDOWS = {"10m": ("minute", 10), "1h": ("minute", 60), "1d": ("hour", 24), "7d": ("day", 7)}
REGISTERS = 2048
LIMIT = 100
"""As many movies as can be asked for; the answer must have been asked for all of them."""
TO_THE_CENT = 0.0051
ROUNDED = {"rejected_share": 0.000051, "active_users_about": 0.51}
"""How far a rounded number may be off."""


def wrong_answers(
    truth: State, trending: Mapping[str, Any], activity: Mapping[str, Any]
) -> list[str]:
    """Every way in which two answers are not what they must be."""
    return [*_wrong_trend(truth, trending), *_wrong_activity(truth, activity)]


def buckets_of(window: str, as_of: str) -> list[Bucket]:
    """The window's buckets at a moment, the running one first."""
    grain, count = WINDOWS[window]
    second, seconds = calendar.timegm(time.strptime(as_of[:19], "%Y-%m-%dT%H:%M:%S")), GRAINS[grain]
    return [(grain, (second // seconds - age) * seconds) for age in range(count)]


def trend_of(truth: State, window: str, as_of: str) -> list[dict[str, Any]]:
    """All movies that trend in a window at a moment, in their order."""
    half_life = WINDOWS[window][1] / 4
    sums: dict[int, list[float]] = {}
    for age, bucket in enumerate(buckets_of(window, as_of)):
        for name, (ratings, half_stars) in truth.buckets.get(bucket, {}).items():
            if name.startswith("m:"):
                has = sums.setdefault(int(name[2:]), [0, 0, 0])
                more = ratings * math.exp2(-age / half_life), ratings, half_stars
                has[:] = [a + b for a, b in zip(has, more, strict=True)]
    ordered = sorted(sums.items(), key=lambda one: (*(-round(n, 6) for n in one[1]), one[0]))
    return [
        {"movie_id": movie, "score": score, "ratings": ratings, "mean_stars": half / 2 / ratings}
        for movie, (score, ratings, half) in ordered
    ]


def estimate(registers: Registers) -> float:
    """About how many users a sketch has seen."""
    empty = REGISTERS - len(registers)
    powers = math.fsum([empty, *(math.exp2(-rank) for rank in registers.values())])
    raw = 0.7213 / (1 + 1.079 / REGISTERS) * REGISTERS**2 / powers
    few = empty > 0 and raw <= 2.5 * REGISTERS
    return REGISTERS * math.log(REGISTERS / empty) if few else raw


def _wrong_trend(truth: State, answer: Mapping[str, Any]) -> Iterator[str]:
    window, items = answer["window"], answer["items"]
    expected = trend_of(truth, window, answer["as_of"])[:LIMIT]
    if len(items) != len(expected):
        yield f"trend of {window} should have {len(expected)} movies, has {len(items)}"
    for place, (should, have) in enumerate(zip(expected, items, strict=False), 1):
        if any(abs(should[name] - have[name]) > TO_THE_CENT for name in should):
            yield f"place {place} of {window} should be {should}, is {have}"


def _wrong_activity(truth: State, answer: Mapping[str, Any]) -> Iterator[str]:
    window = answer["window"]
    counts: dict[str, float] = dict.fromkeys(("records", "rejected", "ratings"), 0.0)
    registers: Registers = {}
    for bucket in buckets_of(window, answer["as_of"]):
        for name, count in truth.activity.get(bucket, {}).items():
            counts[name] += count
        for register, rank in truth.users.get(bucket, {}).items():
            registers[register] = max(rank, registers.get(register, 0))
    counts["rejected_share"] = counts["rejected"] / counts["records"] if counts["records"] else 0
    counts["active_users_about"] = estimate(registers)
    for name, expected in counts.items():
        if abs(answer[name] - expected) > ROUNDED.get(name, 0):
            yield f"{name} of {window} should be {expected}, is {answer[name]}"

"""The conservation law: what is found is exactly what follows from the topic."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from harness.checker.state_types import Bucket, LogRow, Position, State

SHOWN = 20
"""Violations of one kind that are told one by one."""


def violations(truth: State, found: State) -> list[str]:
    """Every way in which what is found is not what follows from the topic; none if it is."""
    kinds = (
        iter(found.damaged),
        _positions(truth, found),
        _logs(truth, found),
        _differences("history", truth.histories, found.histories),
        _differences("total of movie", truth.totals, found.totals),
        _buckets(truth, found),
    )
    return [line for lines in kinds for line in _bounded(lines)]


def _bounded(lines: Iterator[str]) -> Iterator[str]:
    yield from islice(lines, SHOWN)
    if more := sum(1 for _ in lines):
        yield f"... and {more} more"


def _positions(truth: State, found: State) -> Iterator[str]:
    for partition, expected in truth.positions.items():
        have = found.positions.get(partition, Position(0, 0, 0, 0))
        counted = have.applied + have.no_effect + have.rejected
        if counted != expected.next_offset:
            yield f"partition {partition} ends at {expected.next_offset}, {counted} counted"
        if have != expected:
            yield f"partition {partition} should be at {expected}, is at {have}"
    for partition in found.positions.keys() - truth.positions.keys():
        yield f"partition {partition} is none of the topic"


def _logs(truth: State, found: State) -> Iterator[str]:
    for partition, expected in truth.log.items():
        have = found.log.get(partition, [])
        if len(have) != len(expected):
            yield f"log of partition {partition} should have {len(expected)} rows, has {len(have)}"
        by_offset = {row.offset: row for row in have}
        if len(by_offset) != len(have):
            yield f"log of partition {partition} has an offset twice"
        yield from _log_rows(partition, expected, by_offset)
    for partition in found.log.keys() - truth.log.keys():
        yield f"log of partition {partition} is none of the topic"


def _log_rows(partition: int, expected: list[LogRow], have: Mapping[int, LogRow]) -> Iterator[str]:
    for row in expected:
        if row.offset not in have:
            yield f"log of partition {partition} lacks offset {row.offset}"
        elif have[row.offset] != row:
            yield f"log of partition {partition} should have {row}, has {have[row.offset]}"


def _differences(what: str, expected: Mapping[Any, Any], have: Mapping[Any, Any]) -> Iterator[str]:
    for key in sorted(expected.keys() | have.keys()):
        if expected.get(key) != have.get(key):
            yield f"{what} {key} should be {expected.get(key)}, is {have.get(key)}"


def _buckets(truth: State, found: State) -> Iterator[str]:
    kinds: tuple[tuple[str, Mapping[Bucket, Any], Mapping[Bucket, Any]], ...] = (
        ("count of", truth.buckets, found.buckets),
        ("activity", truth.activity, found.activity),
        ("register", truth.users, found.users),
    )
    for what, expected, have in kinds:
        for bucket in sorted(expected.keys() | have.keys()):
            here = f"{bucket[0]} bucket {bucket[1]}, {what}"
            yield from _differences(here, expected.get(bucket, {}), have.get(bucket, {}))

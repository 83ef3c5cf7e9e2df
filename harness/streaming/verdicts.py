"""What log and buckets hold beside what the topic says, in numbers."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from harness.checker.compare_states import violations
from harness.checker.state_types import State


class Verdict(NamedTuple):
    """What log and buckets hold beside what the topic says.

    Attributes:
        records: of the topic.
        rejected: those that are no event.
        lost: records that the log lacks.
        double: rows of the log beyond one a record.
        wrong: counts and registers of a bucket that are not what they should be.
        said: the checker's own words.
    """

    records: int
    rejected: int
    lost: int
    double: int
    wrong: int
    said: list[str]


def judged(expected: State, found: State) -> Verdict:
    """Count what is wrong."""
    have = Counter((p, row.offset) for p, rows in found.log.items() for row in rows)
    should = {(p, row.offset) for p, rows in expected.log.items() for row in rows}
    return Verdict(
        records=len(should),
        rejected=sum(not row.valid for rows in expected.log.values() for row in rows),
        lost=len(should - have.keys()),
        double=have.total() - len(should & have.keys()),
        wrong=_differences(_counts(expected), _counts(found)),
        said=violations(expected, found),
    )


def _counts(state: State) -> dict[tuple[object, ...], object]:
    kinds = (state.buckets, state.activity, state.users)
    return {
        (*bucket, name): count
        for kind in kinds
        for bucket, counts in kind.items()
        for name, count in counts.items()
    }


def _differences(one: Mapping[Any, object], other: Mapping[Any, object]) -> int:
    return sum(one.get(key) != other.get(key) for key in one.keys() | other.keys())

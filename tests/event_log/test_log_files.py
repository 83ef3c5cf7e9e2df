"""Which files make up the log."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_log import BrokenLog, LogFile, by_partition, chain


def spans(*ranges: tuple[int, int]) -> list[LogFile]:
    return [LogFile(3, first, until) for first, until in ranges]


def crosses(a: LogFile, b: LogFile) -> bool:
    """Whether each has a record that the other lacks, and one that it has too."""
    return a.first < b.first < a.next < b.next or b.first < a.first < b.next < a.next


def test_files_that_follow_one_another_are_the_log() -> None:
    assert chain(spans((2, 5), (0, 2))) == spans((0, 2), (2, 5))


def test_a_merged_file_stands_for_those_that_it_covers() -> None:
    assert chain(spans((0, 2), (2, 5), (0, 5), (5, 6))) == spans((0, 5), (5, 6))


def test_a_merged_file_stands_for_some_in_the_middle() -> None:
    assert chain(spans((0, 2), (2, 3), (3, 5), (2, 5), (5, 6))) == spans((0, 2), (2, 5), (5, 6))


@pytest.mark.parametrize("broken", [[(1, 2)], [(0, 2), (3, 4)], [(0, 2), (1, 3)]])
def test_a_hole_or_an_overlap_is_refused(broken: list[tuple[int, int]]) -> None:
    with pytest.raises(BrokenLog, match="begins at"):
        chain(spans(*broken))


@given(
    cuts=st.sets(st.integers(1, 60), min_size=1),
    merges=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60))),
    seed=st.integers(),
)
def test_whatever_has_been_merged_every_record_is_read_once(
    cuts: set[int], merges: list[tuple[int, int]], seed: int
) -> None:
    edges = sorted({0, *cuts})
    files = set(spans(*pairwise(edges)))
    for a, b in merges:
        first, last = sorted((a % len(edges), b % len(edges)))
        merged = LogFile(3, edges[first], edges[last])
        if merged.rows and not any(crosses(one, merged) for one in files):
            files.add(merged)

    found = chain(random.Random(seed).sample(sorted(files), len(files)))

    assert [n for span in found for n in range(span.first, span.next)] == list(range(edges[-1]))


def test_a_files_name_tells_what_it_holds() -> None:
    (span,) = spans((7, 12))

    assert span.name == "3/00000000000000000007-00000000000000000012.parquet"
    assert by_partition([span.name, "3/.x", "log.json", f".{span.name}.12"]) == {3: [span]}

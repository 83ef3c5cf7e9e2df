"""Merging small files: what a reader sees stays the same, and few files are left."""

import math
import time
from collections import Counter
from itertools import pairwise

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.topics import Identity
from event_log import LogFile, Storage, claim, ends, files_by_partition, land, read
from harness.builders import log_rows, rated
from streaming.log_compaction import GROWTH, KEPT_S, MAX_ROWS, compact, merge, worth_merging

NOW_S = time.time()
LATER_S = NOW_S + KEPT_S + 3600
OURS = Identity("cluster", "topic", 4)


@pytest.fixture
def small_files(log: Storage) -> Storage:
    """A log of twenty files of one row."""
    claim(log, OURS)
    for offset in range(20):
        land(log, 1, [log_rows(rated(movie_id=1 + offset), first=offset)])
    return log


def files(log: Storage) -> int:
    return len(files_by_partition(log)[1])


def test_small_files_are_merged_and_read_as_before(small_files: Storage) -> None:
    before = read(small_files, {1: 20})

    compact(small_files, NOW_S)

    assert LogFile(1, 0, 20) in files_by_partition(small_files)[1]
    assert read(small_files, {1: 20}).equals(before)
    assert pq.read_table(small_files.open(LogFile(1, 0, 20).name)).num_rows == 20


def test_merged_files_stay_until_nobody_can_be_reading_them(small_files: Storage) -> None:
    compact(small_files, NOW_S)
    assert files(small_files) == 21

    compact(small_files, LATER_S)
    assert files(small_files) == 1


def test_the_log_goes_on_behind_a_merged_file(small_files: Storage) -> None:
    compact(small_files, LATER_S)

    land(small_files, 1, [log_rows(rated(), first=20)])

    assert ends(small_files) == {1: 21}


def test_a_merge_that_was_killed_before_anything_was_removed_harms_nothing(
    small_files: Storage,
) -> None:
    merge(small_files, [LogFile(1, n, n + 1) for n in range(3, 9)])

    assert ends(small_files) == {1: 20}
    assert read(small_files, {1: 20}, ["offset"])["offset"].to_pylist() == list(range(20))


def test_what_killed_writers_left_unfinished_goes_too(small_files: Storage) -> None:
    small_files.write("1/.00-01.parquet.123", b"half a fi")

    compact(small_files, NOW_S)
    assert "1/.00-01.parquet.123" in small_files.modified()

    compact(small_files, LATER_S)
    assert "1/.00-01.parquet.123" not in small_files.modified()


def test_readers_are_told_in_the_manifest(small_files: Storage) -> None:
    compact(small_files, NOW_S)

    assert b'"ends": {\n  "1": 20\n }' in small_files.read("manifest.json")


def test_an_empty_log_is_left_alone(log: Storage) -> None:
    claim(log, OURS)

    compact(log, NOW_S)

    assert files_by_partition(log) == {}


def test_a_large_file_is_not_written_again_for_a_small_one() -> None:
    assert worth_merging([LogFile(0, 0, 1000), LogFile(0, 1000, 1001)]) == ()


@given(sizes=st.lists(st.integers(1, 3000), min_size=1, max_size=400))
def test_few_files_are_left_and_a_row_is_merged_a_few_times(sizes: list[int]) -> None:
    kept: list[LogFile] = []
    merged: Counter[int] = Counter()
    edges = [0]
    for size in sizes:
        edges.append(edges[-1] + size)
    for first, until in pairwise(edges):
        kept.append(LogFile(0, first, until))
        while tail := worth_merging(kept):
            whole = LogFile(0, tail[0].first, tail[-1].next)
            merged.update(edge for edge in edges if whole.first <= edge < whole.next)
            kept = [span for span in kept if span.first < whole.first] + [whole]

    total = edges[-1]
    times = math.log(max(total, 1), GROWTH) + 1
    assert max(merged.values(), default=0) <= times
    assert len(kept) <= (GROWTH + 1) * times + GROWTH * total / MAX_ROWS

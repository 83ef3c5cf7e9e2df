"""What a batch that was killed, stopped or run by two jobs would leave behind: it is seen.

Every outcome is written by hand, as a job would have it that handled the fault wrongly; the job
itself is put to the faults in `tests/e2e` and `bench.streaming_kills`.
"""

import pytest

from harness.checker.state_types import State
from tests.checker.handmade_topic import BATCH, PART, Topic, live_topic, without_last
from tests.checker.planted_faults import GRAINS, kinds, red


@pytest.fixture
def topic() -> Topic:
    return live_topic()


def test_a_batch_whose_counts_were_added_twice_is_seen_in_every_grain(topic: Topic) -> None:
    before = without_last(topic, PART, BATCH).truth().buckets

    def add_again(found: State) -> None:
        for bucket, counts in found.buckets.items():
            for name, (ratings, half_stars) in counts.items():
                had = before.get(bucket, {}).get(name, (0, 0))
                counts[name] = (2 * ratings - had[0], 2 * half_stars - had[1])

    said = red(topic, add_again)

    assert kinds(said) == GRAINS
    assert all("count of" in line for line in said)


def test_a_batch_that_landed_twice_is_seen(topic: Topic) -> None:
    def land_again(found: State) -> None:
        found.log[PART] += found.log[PART][-BATCH:]

    said = red(topic, land_again)

    rows = len(topic.truth().log[PART])
    assert said == [
        f"log of partition {PART} should have {rows} rows, has {rows + BATCH}",
        f"log of partition {PART} has an offset twice",
    ]


def test_a_file_that_was_never_renamed_is_seen(topic: Topic) -> None:
    def lose(found: State) -> None:
        del found.log[PART][2 : 2 + BATCH]

    said = red(topic, lose)

    assert [f"log of partition {PART} lacks offset {n}" for n in range(2, 2 + BATCH)] == said[1:]


def test_half_a_file_is_seen_by_the_rows_that_its_end_lacks(topic: Topic) -> None:
    rows = len(topic.truth().log[PART])

    def cut(found: State) -> None:
        del found.log[PART][-1]

    assert red(topic, cut)[-1] == f"log of partition {PART} lacks offset {rows - 1}"


def test_a_partition_whose_only_file_was_lost_is_seen(topic: Topic) -> None:
    def lose(found: State) -> None:
        del found.log[PART]

    said = red(topic, lose)

    rows = len(topic.truth().log[PART])
    assert said[0] == f"log of partition {PART} should have {rows} rows, has 0"


def test_increments_that_began_anew_after_a_kill_are_seen(topic: Topic) -> None:
    before = without_last(topic, PART, BATCH).truth().buckets

    def count_from_nothing(found: State) -> None:
        for bucket, counts in found.buckets.items():
            for name, (ratings, half_stars) in counts.items():
                had = before.get(bucket, {}).get(name, (0, 0))
                if had != (ratings, half_stars):
                    counts[name] = (ratings - had[0], half_stars - had[1])

    assert kinds(red(topic, count_from_nothing)) == GRAINS


def test_a_bucket_of_which_only_the_first_chunk_was_written_is_seen(topic: Topic) -> None:
    before = without_last(topic, PART, BATCH).truth().buckets
    key = ("day", min(start for grain, start in topic.truth().buckets if grain == "day"))

    def write_half(found: State) -> None:
        found.buckets[key]["g:Comedy"] = before[key]["g:Comedy"]

    assert [line.split(" should")[0] for line in red(topic, write_half)] == [
        f"day bucket {key[1]}, count of g:Comedy"
    ]


# Told to stop in mid-batch.


def test_a_last_batch_that_was_lost_at_the_stop_is_seen_in_log_and_buckets(topic: Topic) -> None:
    before = without_last(topic, PART, BATCH).truth()

    def lose(found: State) -> None:
        found.log, found.buckets = before.log, before.buckets

    said = red(topic, lose)

    assert kinds(said) == GRAINS | {"log"}
    assert f"log of partition {PART} lacks offset {len(topic.truth().log[PART]) - 1}" in said


def test_a_last_batch_that_landed_and_was_not_counted_is_seen(topic: Topic) -> None:
    before = without_last(topic, PART, BATCH).truth()

    def forget(found: State) -> None:
        found.buckets = before.buckets

    assert kinds(red(topic, forget)) == GRAINS


# Two jobs at once.


def test_files_of_two_jobs_that_overlap_are_seen(topic: Topic) -> None:
    def overlap(found: State) -> None:
        rows = found.log[PART]
        found.log[PART] = rows[:4] + rows[2:]

    said = red(topic, overlap)

    assert f"log of partition {PART} has an offset twice" in said


def test_two_jobs_that_share_the_partitions_and_write_absolute_counts_are_seen(
    topic: Topic,
) -> None:
    half = Topic()
    half.rows = [row for row in topic.rows if row.partition == PART]

    def overwrite(found: State) -> None:
        for bucket, counts in half.truth().buckets.items():
            found.buckets[bucket].update(counts)

    assert kinds(red(topic, overwrite)) == GRAINS

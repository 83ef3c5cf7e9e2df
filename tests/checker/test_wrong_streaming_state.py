"""What a checkpoint, state or store of another time or job would leave behind: it is seen.

Every outcome is written by hand, as a job would have it that handled the fault wrongly; the job
itself is put to the faults in `tests/e2e` and `bench.streaming_kills`.
"""

import copy

import pytest

from harness.checker.state_types import LogRow, State
from tests.checker.handmade_topic import APPENDED_MS, BATCH, PART, Topic, live_topic, without_last
from tests.checker.planted_faults import GRAINS, kinds, red


@pytest.fixture
def topic() -> Topic:
    return live_topic()


# A checkpoint that was put back, or is another's.


def test_buckets_that_a_rewound_checkpoint_counted_twice_are_seen(topic: Topic) -> None:
    again = Topic()
    for row in [r for r in topic.rows if r.partition == PART][-BATCH:]:
        again.rows.append(row._replace(offset=len(again.rows)))
    twice = again.truth().buckets

    def count_twice(found: State) -> None:
        for bucket, counts in twice.items():
            for name, (ratings, half_stars) in counts.items():
                had = found.buckets[bucket][name]
                found.buckets[bucket][name] = (had[0] + ratings, had[1] + half_stars)

    assert kinds(red(topic, count_twice)) == GRAINS


def test_a_hole_that_a_checkpoint_from_ahead_of_the_log_left_is_seen(topic: Topic) -> None:
    def skip(found: State) -> None:
        found.log[PART] = found.log[PART][BATCH:]

    said = red(topic, skip)

    assert said[1:] == [f"log of partition {PART} lacks offset {n}" for n in range(BATCH)]


def test_buckets_of_a_query_that_began_at_the_topics_end_are_seen(topic: Topic) -> None:
    assert kinds(red(topic, lambda found: found.buckets.clear())) == GRAINS


def test_the_log_of_another_topic_is_seen(topic: Topic) -> None:
    other = live_topic()
    other.rows = [row._replace(timestamp_ms=row.timestamp_ms + 1) for row in other.rows]

    def take(found: State) -> None:
        found.log = other.truth().log

    said = red(topic, take)

    assert all(line.startswith(("log of partition", "...")) for line in said)
    assert any("should have LogRow(offset=0" in line for line in said)


def test_the_log_of_a_topic_with_more_partitions_is_seen(topic: Topic) -> None:
    def grow(found: State) -> None:
        found.log[4] = [LogRow(0, APPENDED_MS, False)]

    assert red(topic, grow) == ["log of partition 4 is none of the topic"]


# State that was damaged, exchanged or is of an earlier day.


def test_counts_that_began_at_nothing_in_exchanged_state_are_seen(topic: Topic) -> None:
    bucket = next(iter(topic.truth().buckets))

    def begin_anew(found: State) -> None:
        found.buckets[bucket]["m:10"] = (1, 8)

    (line,) = red(topic, begin_anew)

    assert line.endswith(f"count of m:10 should be {topic.truth().buckets[bucket]['m:10']}, "
                         "is (1, 8)")  # fmt: skip


def test_counts_that_were_moved_from_one_name_to_another_are_seen(topic: Topic) -> None:
    def exchange(found: State) -> None:
        for counts in found.buckets.values():
            counts["m:10"], counts["m:20"] = counts["m:20"], counts["m:10"]

    said = red(topic, exchange)

    assert {line.split("count of ")[1].split()[0] for line in said} == {"m:10", "m:20"}


def test_counts_that_were_moved_from_one_bucket_to_another_are_seen(topic: Topic) -> None:
    def move(found: State) -> None:
        for grain, start in [key for key in found.buckets if key[0] == "minute"]:
            found.buckets[grain, start - 60] = found.buckets.pop((grain, start))

    said = red(topic, move)

    assert kinds(said) == {"minute"}
    assert {"is None" in line for line in said} == {"should be None" in line for line in said}


def test_half_stars_that_were_lost_under_right_counts_are_seen(topic: Topic) -> None:
    bucket = next(iter(topic.truth().buckets))

    def lose(found: State) -> None:
        ratings, half_stars = found.buckets[bucket]["g:Drama"]
        found.buckets[bucket]["g:Drama"] = (ratings, half_stars - 1)

    assert len(red(topic, lose)) == 1


# Late writers, a flushed store, a snapshot of another moment.


def test_a_zombies_late_write_of_older_counts_is_seen(topic: Topic) -> None:
    before = without_last(topic, PART, BATCH).truth().buckets

    def write_late(found: State) -> None:
        found.buckets = {**found.buckets, **copy.deepcopy(before)}

    assert kinds(red(topic, write_late)) == GRAINS


def test_a_flushed_store_into_which_only_what_changed_was_written_is_seen(topic: Topic) -> None:
    before = without_last(topic, PART, BATCH).truth().buckets

    def flush(found: State) -> None:
        for bucket, counts in found.buckets.items():
            had = before.get(bucket, {})
            found.buckets[bucket] = {n: c for n, c in counts.items() if had.get(n) != c}

    said = red(topic, flush)

    assert said
    assert all(line.endswith("is None") for line in said)


def test_a_snapshot_that_is_ahead_of_the_log_is_seen(topic: Topic) -> None:
    before = without_last(topic, PART, BATCH).truth()

    def lag(found: State) -> None:
        found.log = before.log

    assert f"lacks offset {len(before.log[PART])}" in red(topic, lag)[1]

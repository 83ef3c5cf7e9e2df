"""What each fault of the streaming job would leave behind, and that the checker sees it.

Every outcome is written by hand, as a job would have it that handled the fault wrongly; the job
itself is put to the faults in `tests/e2e` and `bench.streaming_kills`.
"""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.checker.law import violations
from tests.checker.shapes import Counts, LogRow, State
from tests.checker.test_law import APPENDED_MS, USERS, Topic, event, part_of, red

DAY_MS = 86_400_000
BATCH = 3
"""Records in what is called a batch or a file here: the last ones of a partition."""
PART = part_of(7)


def live_topic() -> Topic:
    """Ratings of four users, each of them sent twice; one of them is no event, one is old."""
    topic = Topic()
    for n, user in enumerate(USERS * 4):
        topic.rate(user, 10 * (1 + n % 2), 0.5 * (1 + n % 10), seconds_ago=60 - n)
        topic.rate(user, 10 * (1 + n % 2), 0.5 * (1 + n % 10), seconds_ago=60 - n)
    topic.append(7, b"junk")
    topic.rate(8, 10, 3, seconds_ago=3_660)
    return topic


@pytest.fixture
def topic() -> Topic:
    return live_topic()


def without_last(topic: Topic, partition: int, count: int) -> Topic:
    """The topic as it was so many records of a partition earlier."""
    shorter = Topic()
    end = sum(row.partition == partition for row in topic.rows) - count
    shorter.rows = [r for r in topic.rows if r.partition != partition or r.offset < end]
    return shorter


def kinds(said: list[str]) -> set[str]:
    """What the violations speak of: `log`, or a bucket's grain."""
    return {line.split()[0] for line in said}


GRAINS = {"minute", "hour", "day"}


# F01 to F04: killed inside a batch, which is then run again.


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


# F05: told to stop in mid-batch.


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


# F28: two jobs at once.


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


# F30: a checkpoint that was put back, or is another's.


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


# F31: state that was damaged, exchanged or is of an earlier day.


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


# F39: repeated, late, far ahead, all of one user or one movie.


def test_duplicates_that_were_dropped_are_seen(topic: Topic) -> None:
    once = Topic()
    for row in topic.rows:
        if row.value not in {kept.value for kept in once.rows}:
            once.rows.append(row._replace(offset=sum(r.partition == row.partition
                                                     for r in once.rows)))  # fmt: skip

    def drop(found: State) -> None:
        found.buckets, found.log = once.truth().buckets, once.truth().log

    said = red(topic, drop)

    assert kinds(said) > GRAINS
    assert any(line.startswith("log of partition") and "rows, has" in line for line in said)


def test_records_that_were_dropped_as_late_are_seen() -> None:
    topic = Topic()
    topic.rate(7, 10, 4)
    topic.rows[0] = topic.rows[0]._replace(timestamp_ms=APPENDED_MS + 2 * DAY_MS)
    topic.rate(8, 10, 4)

    def drop_late(found: State) -> None:
        for grain, start in [*found.buckets]:
            if start * 1000 <= APPENDED_MS:
                del found.buckets[grain, start]

    said = red(topic, drop_late)

    assert kinds(said) == GRAINS
    assert all(line.endswith("is None") for line in said)


def test_a_rating_from_far_ahead_that_was_counted_is_seen() -> None:
    topic = Topic()
    topic.append(7, event(7, 10, seconds_ago=-301, kind="rated", rating=5))

    def count(found: State) -> None:
        start = APPENDED_MS // 1000 // 60 * 60 + 300
        found.buckets["minute", start] = {"m:10": (1, 10)}

    assert red(topic, count) == [
        f"minute bucket {APPENDED_MS // 1000 // 60 * 60 + 300}, count of m:10 should be None, "
        "is (1, 10)"
    ]


def test_an_old_rating_that_was_counted_as_fresh_is_seen() -> None:
    topic = Topic()
    topic.rate(7, 30, 4, seconds_ago=3_601)

    def count(found: State) -> None:
        found.buckets["hour", APPENDED_MS // 1000] = {"m:30": (1, 8)}

    assert len(red(topic, count)) == 1


def test_one_of_a_thousand_ratings_of_one_user_and_one_movie_is_missed() -> None:
    topic = Topic()
    for _ in range(1000):
        topic.rate(7, 10, 5)

    def lose(found: State) -> None:
        for counts in found.buckets.values():
            counts["m:10"] = (999, 9990)

    assert all(line.endswith("should be (1000, 10000), is (999, 9990)")
               for line in red(topic, lose))  # fmt: skip
    assert kinds(red(topic, lose)) == GRAINS


# The faults that the plan of the house names last, as far as they are streaming's.


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


# Whatever is changed, and by how little.

TRUTH = live_topic().truth()
CELLS = [(bucket, name) for bucket, counts in TRUTH.buckets.items() for name in counts]
CHANGES = st.tuples(st.integers(-9, 9), st.integers(-99, 99)).filter(any)
ROWS = [(partition, n) for partition, rows in TRUTH.log.items() for n in range(len(rows))]
OTHER: dict[str, Any] = {
    "offset": 10_000, "timestamp_ms": 1, "valid": None, "kind": "other", "event_id": "other",
    "user_id": -1, "movie_id": -1, "half_stars": -1, "rated_at_ms": -1,
}  # fmt: skip


@given(st.sampled_from(CELLS), CHANGES)
def test_no_count_can_be_changed_unseen(
    cell: tuple[tuple[str, int], str], by: tuple[int, int]
) -> None:
    (bucket, name), found = cell, copy.deepcopy(TRUTH)
    ratings, half_stars = found.buckets[bucket][name]
    found.buckets[bucket][name] = (ratings + by[0], half_stars + by[1])

    (line,) = violations(TRUTH, found)

    assert line.startswith(f"{bucket[0]} bucket {bucket[1]}, count of {name} should be")


@given(st.sampled_from(CELLS))
def test_no_count_can_be_taken_away_unseen(cell: tuple[tuple[str, int], str]) -> None:
    (bucket, name), found = cell, copy.deepcopy(TRUTH)
    del found.buckets[bucket][name]

    assert len(violations(TRUTH, found)) == 1


@given(
    st.sampled_from(["minute", "hour", "day", "year"]),
    st.integers(0, 2**33),
    st.from_regex(r"\A[mg]:[0-9A-Za-z]+\Z"),
)
def test_no_count_can_be_invented_unseen(grain: str, start: int, name: str) -> None:
    found = copy.deepcopy(TRUTH)
    counts: Counts = found.buckets.setdefault((grain, start), {})
    counts.setdefault(name, (0, 0))

    assert len(violations(TRUTH, found)) == (name not in TRUTH.buckets.get((grain, start), {}))


@given(st.sampled_from(ROWS), st.sampled_from(sorted(OTHER)))
def test_no_field_of_a_row_can_be_changed_unseen(row: tuple[int, int], name: str) -> None:
    (partition, n), found = row, copy.deepcopy(TRUTH)
    found.log[partition][n] = found.log[partition][n]._replace(**{name: OTHER[name]})

    (line,) = violations(TRUTH, found)

    assert line.startswith(f"log of partition {partition} ")


@given(st.sampled_from(ROWS))
def test_no_row_can_be_lost_unseen(row: tuple[int, int]) -> None:
    (partition, n), found = row, copy.deepcopy(TRUTH)
    del found.log[partition][n]

    assert f"log of partition {partition} lacks offset {n}" in violations(TRUTH, found)


@given(st.sampled_from(ROWS))
def test_no_row_can_be_repeated_unseen(row: tuple[int, int]) -> None:
    (partition, n), found = row, copy.deepcopy(TRUTH)
    found.log[partition].append(found.log[partition][n])

    assert f"log of partition {partition} has an offset twice" in violations(TRUTH, found)

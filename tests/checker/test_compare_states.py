"""Planted faults, each of which must turn the checker red."""

import pytest

from harness.checker.compare_states import violations
from harness.checker.expected_state import register_and_rank
from harness.checker.state_types import History, LogRow, Position, State
from tests.checker.handmade_topic import (
    APPENDED_MS,
    EVENT_ID,
    PARTITIONS,
    Topic,
    event,
    mixed_topic,
    part_of,
)
from tests.checker.planted_faults import red


@pytest.fixture
def topic() -> Topic:
    return mixed_topic()


def test_a_state_that_follows_from_the_topic_breaks_no_law(topic: Topic) -> None:
    assert violations(topic.truth(), topic.truth()) == []


def test_a_lost_record_is_seen(topic: Topic) -> None:
    without = Topic()
    last = max(row.offset for row in topic.rows if row.partition == part_of(9))
    without.rows = [r for r in topic.rows if (r.partition, r.offset) != (part_of(9), last)]

    said = violations(topic.truth(), without.truth())

    assert any(line.startswith(f"partition {part_of(9)} ends at") for line in said)


def test_a_record_that_was_counted_twice_is_seen(topic: Topic) -> None:
    def increment(found: State) -> None:
        counts = list(found.totals[10])
        counts[0] += 1
        found.totals[10] = tuple(counts)

    assert len(red(topic, increment)) == 1


def test_a_bucket_that_was_incremented_twice_is_seen(topic: Topic) -> None:
    def increment(found: State) -> None:
        bucket = next(iter(found.buckets.values()))
        ratings, half_stars = bucket["m:10"]
        bucket["m:10"] = (ratings + 1, half_stars + 1)

    assert len(red(topic, increment)) == 1


@pytest.mark.parametrize("what", ["records", "rejected", "ratings"])
@pytest.mark.parametrize("by", [-1, 1])
def test_activity_that_lost_a_record_or_counted_one_twice_is_seen(
    topic: Topic, what: str, by: int
) -> None:
    def miscount(found: State) -> None:
        found.activity["day", APPENDED_MS // 86_400_000 * 86_400][what] += by

    assert len(red(topic, miscount)) == 1


def test_a_rejected_record_that_was_not_counted_is_seen(topic: Topic) -> None:
    def overlook(found: State) -> None:
        for counts in found.activity.values():
            counts.pop("rejected", None)

    assert len(red(topic, overlook)) == 3


def test_a_register_that_is_one_too_low_is_seen(topic: Topic) -> None:
    register, rank = register_and_rank(9)

    def lower(found: State) -> None:
        found.users["hour", APPENDED_MS // 1000][register] = rank - 1

    (line,) = red(topic, lower)
    assert line.endswith(f"register {register} should be {rank}, is {rank - 1}")


def test_a_bucket_that_is_gone_is_seen(topic: Topic) -> None:
    def expire(found: State) -> None:
        minute = ("minute", APPENDED_MS // 1000)
        del found.activity[minute], found.users[minute], found.buckets[minute]

    kinds = {line.split(", ")[1].split()[0] for line in red(topic, expire)}
    assert kinds == {"count", "activity", "register"}


def test_the_older_history_of_a_zombie_is_seen(topic: Topic) -> None:
    before = Topic()
    before.rows = [row for row in topic.rows if row.offset < 2]
    user = (part_of(7), 7)

    def write_late(found: State) -> None:
        found.histories[user] = before.truth().histories[user]

    assert red(topic, write_late)[0].startswith(f"history {user}")


def test_a_partitioner_that_disagrees_is_seen(topic: Topic) -> None:
    elsewhere = (part_of(7) + 1) % PARTITIONS
    topic.append(7, event(7, 20, kind="rated", rating=5), partition=elsewhere)

    def believe(found: State) -> None:
        at = found.positions[elsewhere]
        found.positions[elsewhere] = at._replace(applied=at.applied + 1, rejected=at.rejected - 1)
        found.histories[elsewhere, 7] = History({20: (10, APPENDED_MS)}, at.next_offset)

    said = red(topic, believe)
    assert len(said) == 2
    assert "should be None" in said[1]


def test_a_hole_in_the_event_log_is_seen(topic: Topic) -> None:
    def lose(found: State) -> None:
        del found.log[part_of(7)][1]

    assert f"log of partition {part_of(7)} lacks offset 1" in red(topic, lose)


def test_a_row_that_landed_twice_is_seen(topic: Topic) -> None:
    def repeat(found: State) -> None:
        found.log[part_of(7)].append(found.log[part_of(7)][0])

    assert f"log of partition {part_of(7)} has an offset twice" in red(topic, repeat)


def test_an_altered_rating_in_the_log_is_seen(topic: Topic) -> None:
    def alter(found: State) -> None:
        rows = found.log[part_of(7)]
        rows[0] = rows[0]._replace(half_stars=10)

    assert len(red(topic, alter)) == 1


def test_a_rejected_record_that_landed_as_an_event_is_seen(topic: Topic) -> None:
    def believe(found: State) -> None:
        rows = found.log[part_of(7)]
        (at,) = (n for n, row in enumerate(rows) if not row.valid)
        rows[at] = LogRow(at, rows[at].timestamp_ms, True, "rated", EVENT_ID, 7, 10, 8, APPENDED_MS)

    assert len(red(topic, believe)) == 1


def test_a_flushed_store_with_an_old_position_is_seen(topic: Topic) -> None:
    def flush(found: State) -> None:
        found.histories.clear()
        found.totals.clear()

    said = red(topic, flush)
    assert {line.split()[0] for line in said} == {"history", "total"}


def test_a_wrong_number_without_effect_is_seen(topic: Topic) -> None:
    def shift(found: State) -> None:
        at = found.positions[part_of(7)]
        found.positions[part_of(7)] = at._replace(
            applied=at.applied - 1, no_effect=at.no_effect + 1
        )

    assert len(red(topic, shift)) == 1


def test_a_partition_that_the_topic_does_not_have_is_seen(topic: Topic) -> None:
    def invent(found: State) -> None:
        found.positions[PARTITIONS] = Position(0, 0, 0, 0)

    assert red(topic, invent) == [f"partition {PARTITIONS} is none of the topic"]


def test_many_violations_of_one_kind_are_summed_up() -> None:
    truth = State(totals={movie: (1,) + (0,) * 9 for movie in range(100)})

    assert violations(truth, State())[-1] == "... and 80 more"

"""The checker itself, on records written by hand and on planted faults that must turn it red."""

import copy
import json
import struct
import zlib
from collections.abc import Callable

import pytest

from tests.checker.dump import Row
from tests.checker.found import decode_history
from tests.checker.law import violations
from tests.checker.shapes import DISMISSED, RETRACTED, History, LogRow, Position, State
from tests.checker.truth import GapInTopic, register_and_rank, truth_of
from tests.checker.validity import murmur2, partition_of

PARTITIONS = 4
APPENDED_MS = 1_763_632_800_000
EVENT_ID = "0f5a3c1e-6f0e-5b3a-9c1d-0123456789ab"
GENRES = {10: ["Comedy", "Drama"], 20: ["Comedy"]}
USERS = (7, 8, 9, 11)


class Topic:
    """A topic that grows by hand."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def append(self, user: int, value: bytes, partition: int | None = None) -> None:
        key = str(user).encode()
        at = partition_of(key, PARTITIONS) if partition is None else partition
        offset = sum(row.partition == at for row in self.rows)
        self.rows.append(Row(at, offset, APPENDED_MS + len(self.rows), key, value))

    def rate(self, user: int, movie: int, rating: float, seconds_ago: int = 0) -> None:
        self.append(user, event(user, movie, seconds_ago, kind="rated", rating=rating))

    def truth(self) -> State:
        return truth_of(self.rows, PARTITIONS, GENRES)


def event(user: int, movie: int, seconds_ago: int = 0, **more: object) -> bytes:
    minutes, seconds = divmod(3600 - seconds_ago, 60)
    hour, minute = divmod(9 * 60 + minutes, 60)
    instant = f"2025-11-20T{hour:02d}:{minute:02d}:{seconds:02d}.000Z"
    whole = {"v": 1, "event_id": EVENT_ID, "user_id": user, "movie_id": movie, "rated_at": instant}
    return json.dumps(whole | more).encode()


@pytest.fixture
def topic() -> Topic:
    topic = Topic()
    for n, user in enumerate(USERS * 3):
        topic.rate(user, 10 * (1 + n % 2), 0.5 * (1 + n % 10), seconds_ago=60 - n)
    topic.append(7, b"junk")
    topic.rate(7, 10, 5, seconds_ago=600)
    topic.append(8, event(8, 10, kind="retracted"))
    topic.append(9, event(9, 30, kind="dismissed"))
    return topic


def part_of(user: int) -> int:
    return partition_of(str(user).encode(), PARTITIONS)


def red(topic: Topic, plant: Callable[[State], None]) -> list[str]:
    """What the checker says of a true state once a fault is planted in it."""
    found = copy.deepcopy(topic.truth())
    plant(found)
    return violations(topic.truth(), found)


def test_a_state_that_follows_from_the_topic_breaks_no_law(topic: Topic) -> None:
    assert violations(topic.truth(), topic.truth()) == []


def test_each_record_is_applied_without_effect_or_rejected(topic: Topic) -> None:
    at = topic.truth().positions[part_of(7)]

    mine = [row for row in topic.rows if row.partition == part_of(7)]
    assert at.applied + at.no_effect + at.rejected == at.next_offset == len(mine)
    assert (at.no_effect, at.rejected) == (1, 1)


def test_the_latest_word_on_a_movie_stands() -> None:
    topic = Topic()
    topic.rate(7, 10, 2, seconds_ago=10)
    topic.rate(7, 10, 5, seconds_ago=20)
    topic.rate(7, 10, 3, seconds_ago=10)

    ((_, history),) = topic.truth().histories.items()

    assert history == History({10: (6, APPENDED_MS - 10_000)}, 3)


def test_totals_count_neither_retractions_nor_dismissals() -> None:
    topic = Topic()
    topic.rate(7, 10, 4)
    topic.append(7, event(7, 10, kind="retracted"))
    topic.append(8, event(8, 10, kind="dismissed"))

    truth = topic.truth()

    states = sorted(s for h in truth.histories.values() for s, _ in h.movies.values())
    assert (truth.totals, states) == ({}, [RETRACTED, DISMISSED])


def test_only_ratings_of_the_last_hour_are_counted_in_buckets() -> None:
    topic = Topic()
    topic.rate(7, 10, 4, seconds_ago=3599)
    topic.rows.append(topic.rows[0]._replace(offset=1, timestamp_ms=APPENDED_MS + 3_600_000))

    buckets = topic.truth().buckets

    assert len(buckets) == 3
    assert buckets["hour", APPENDED_MS // 1000] == {
        "m:10": (1, 8), "g:Comedy": (1, 8), "g:Drama": (1, 8),
    }  # fmt: skip


def test_a_dump_with_a_hole_proves_nothing(topic: Topic) -> None:
    del topic.rows[0]

    with pytest.raises(GapInTopic):
        topic.truth()


def test_murmur2_gives_what_kafka_gives() -> None:
    # From Kafka's own UtilsTest.testMurmur2.
    known = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536}

    assert {data: murmur2(data) - 2**32 for data in known} == known


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


def test_activity_counts_records_of_every_kind_and_users_of_fresh_ones() -> None:
    topic = Topic()
    topic.rate(7, 10, 4)
    topic.rate(7, 20, 4)
    topic.append(8, event(8, 10, kind="dismissed"))
    topic.append(9, event(9, 10, 3599 + 2, kind="dismissed"))
    topic.append(11, b"junk")

    truth = topic.truth()

    assert set(truth.activity) == set(truth.users) == set(truth.buckets)
    assert truth.activity["hour", APPENDED_MS // 1000] == {
        "records": 5, "ratings": 2, "rejected": 1,
    }  # fmt: skip
    assert truth.users["hour", APPENDED_MS // 1000] == dict(map(register_and_rank, (7, 8)))


def test_the_hash_of_users_is_that_of_splitmix64() -> None:
    # The first number of SplitMix64 from seed 0, whose state is then its increment.
    assert register_and_rank(0x9E3779B97F4A7C15) == (0xE220A8397B1DCDAF % 2048, 1)
    assert register_and_rank(0) == (0, 54)


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


def stored(entries: bytes, count: int) -> bytes:
    head = struct.pack("<BIQQ", 1, count, 5, APPENDED_MS)
    return head + struct.pack("<I", zlib.crc32(head + entries)) + entries


def test_a_stored_history_is_decoded() -> None:
    value = stored(struct.pack("<IBq", 10, 8, APPENDED_MS), 1)

    assert decode_history([value]) == History({10: (8, APPENDED_MS)}, 5)


def test_a_stored_history_with_a_flipped_bit_is_refused() -> None:
    value = bytearray(stored(struct.pack("<IBq", 10, 8, APPENDED_MS), 1))
    value[6] ^= 1

    with pytest.raises(ValueError, match="checksum"):
        decode_history([bytes(value)])


def test_a_stored_history_that_lacks_a_chunk_is_refused() -> None:
    value = stored(struct.pack("<IBq", 10, 8, APPENDED_MS), 2)

    with pytest.raises(ValueError, match="1 movies, the header says 2"):
        decode_history([value])

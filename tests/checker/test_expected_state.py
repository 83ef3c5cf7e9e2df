"""The state that follows from records, on topics small enough for pencil and paper."""

import pytest

from harness.checker.expected_state import GapInTopic, register_and_rank
from harness.checker.state_types import DISMISSED, RETRACTED, History
from tests.checker.handmade_topic import APPENDED_MS, Topic, event, mixed_topic, part_of


@pytest.fixture
def topic() -> Topic:
    return mixed_topic()


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

"""Ratings that come twice, late, from far ahead or all for one movie: a wrong count is seen.

Every outcome is written by hand, as a job would have it that handled the fault wrongly; the job
itself is put to the faults in `tests/e2e` and `bench.streaming_kills`.
"""

import pytest

from harness.checker.state_types import State
from tests.checker.handmade_topic import APPENDED_MS, DAY_MS, Topic, event, live_topic
from tests.checker.planted_faults import GRAINS, kinds, red


@pytest.fixture
def topic() -> Topic:
    return live_topic()


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

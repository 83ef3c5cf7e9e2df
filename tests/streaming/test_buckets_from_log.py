"""What is counted from the event log."""

from contracts.trends import DAY
from event_log import Storage, land
from harness.builders import AT_MS, dismissed, log_rows, rated
from streaming.buckets_from_log import buckets_of_log, first_of_day

NOW_S = AT_MS // 1000
DAY_MS = 86_400_000
MIDNIGHT_MS = AT_MS - AT_MS % DAY_MS


def test_buckets_that_redis_has_dropped_are_left_out(log: Storage) -> None:
    land(log, 0, [log_rows(rated())])

    grains = {
        days: {
            one.bucket.grain.name for one in buckets_of_log(log, {0: 1}, {}, NOW_S + days * 86_400)
        }
        for days in (0, 1, 5, 20)
    }

    assert grains == {0: {"minute", "hour", "day"}, 1: {"hour", "day"}, 5: {"day"}, 20: set()}


def test_only_records_below_the_offsets_count(log: Storage) -> None:
    land(log, 0, [log_rows(rated(movie_id=1), rated(movie_id=2), rated(movie_id=3))])
    land(log, 1, [log_rows(rated(movie_id=4))])

    found = buckets_of_log(log, {0: 2, 1: 0}, {}, NOW_S)

    assert [set(one.counts) for one in found] == [{"m:1", "m:2"}] * 3


def test_records_of_every_kind_are_counted(log: Storage) -> None:
    land(log, 0, [log_rows(rated(), dismissed(user_id=8), "json", rated(at_ms=0))])

    (day,) = (one for one in buckets_of_log(log, {0: 4}, {}, NOW_S) if one.bucket.grain is DAY)

    assert day.activity == {"records": 4, "rejected": 1, "ratings": 1}
    assert len(day.registers) == 2


def test_today_begins_where_each_partition_says(log: Storage) -> None:
    land(log, 0, [log_rows(rated(), rated(), timestamp_ms=MIDNIGHT_MS - 1)])
    land(log, 1, [log_rows(rated(), timestamp_ms=MIDNIGHT_MS - 5)])
    land(log, 2, [log_rows(rated(), timestamp_ms=MIDNIGHT_MS)])
    ends = {0: 2, 1: 1, 2: 1, 3: 0}

    assert first_of_day(log, ends, AT_MS) == {0: 1, 1: 1, 2: 0, 3: 0}


def test_an_empty_log_makes_no_buckets(log: Storage) -> None:
    assert buckets_of_log(log, {}, {}, NOW_S) == []

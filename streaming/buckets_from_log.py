"""Buckets counted from the event log: what Redis must hold, without Spark."""

import pyarrow.compute as pc

import event_log
from contracts.next_offsets import NextOffsets
from contracts.trends import DAY
from event_log import Storage
from redis_store.trends import BucketCounts
from streaming.bucket_counts import COLUMNS, Genres, Names, buckets, cells

DAY_MS = DAY.seconds * 1000


def buckets_of_log(
    log: Storage, upto: NextOffsets, genres: Genres, now_s: int
) -> list[BucketCounts]:
    """Every bucket that Redis still keeps, over the records below `upto`.

    Raises:
        BrokenLog: if the log has a gap or does not reach so far.
    """
    rows = event_log.read(log, upto, COLUMNS)
    oldest_ms = (now_s - DAY.seconds - DAY.kept_s) * 1000  # nothing is kept longer than days
    counted = cells(rows.filter(pc.greater(rows["timestamp_ms"], oldest_ms)), Names(genres))
    return [one for one in buckets(counted.to_pylist()) if _is_kept(one, now_s)]


def first_of_day(log: Storage, ends: NextOffsets, now_ms: int) -> dict[int, int]:
    """Each partition's next offset as today began, by record timestamp (UTC).

    No bucket lies on both sides of it.
    """
    rows = event_log.read(log, ends, ["timestamp_ms"])
    today = rows.filter(pc.greater_equal(rows["timestamp_ms"], now_ms - now_ms % DAY_MS))
    first = today.group_by("partition").aggregate([("offset", "min")]).to_pylist()
    return dict(ends) | {row["partition"]: row["offset_min"] for row in first}


def _is_kept(one: BucketCounts, now_s: int) -> bool:
    grain, start_s = one.bucket
    return start_s + grain.seconds + grain.kept_s > now_s

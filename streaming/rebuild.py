"""Buckets counted from the event log: what Redis must hold, without Spark."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from contracts import eventlog
from contracts.events import FRESH_MS
from contracts.store.trends import BucketCounts
from contracts.topics import NextOffsets
from contracts.trends import DAY, GRAINS, Bucket, Grain

DAY_MS = DAY.seconds * 1000
COLUMNS = ["timestamp_ms", "movie_id", "half_stars", "rated_at_ms"]

Genres = Mapping[int, tuple[str, ...]]


def buckets_of_log(root: Path, upto: NextOffsets, genres: Genres, now_s: int) -> list[BucketCounts]:
    """Every bucket that Redis still keeps, over the records below `upto`.

    Raises:
        BrokenLog: if the log has a hole or does not reach so far.
    """
    return counted(eventlog.read(root, upto, COLUMNS), genres, now_s)


def counted(rows: pa.Table, genres: Genres, now_s: int) -> list[BucketCounts]:
    """Rows of the event log as buckets, those left out that are over and dropped.

    The same counts as `streaming.trends.cells`, summed; here a column at a time.
    """
    age_ms = pc.subtract(rows["timestamp_ms"], rows["rated_at_ms"])
    fresh = rows.filter(pc.and_(pc.is_valid(rows["half_stars"]), pc.less_equal(age_ms, FRESH_MS)))
    return [one for grain in GRAINS for one in _of_grain(fresh, grain, genres, now_s)]


def first_of_day(root: Path, ends: NextOffsets, now_ms: int) -> dict[int, int]:
    """Each partition's next offset as today began, by record timestamp (UTC).

    No bucket lies on both sides of it.
    """
    rows = eventlog.read(root, ends, ["timestamp_ms"])
    today = rows.filter(pc.greater_equal(rows["timestamp_ms"], now_ms - now_ms % DAY_MS))
    first = today.group_by("partition").aggregate([("offset", "min")]).to_pylist()
    return dict(ends) | {row["partition"]: row["offset_min"] for row in first}


def _of_grain(fresh: pa.Table, grain: Grain, genres: Genres, now_s: int) -> list[BucketCounts]:
    second = pc.divide(fresh["timestamp_ms"], 1000)
    start = pc.multiply(pc.divide(second, grain.seconds), grain.seconds)
    kept = pc.greater(start, now_s - grain.seconds - grain.kept_s)
    rated = fresh.append_column("start", start).filter(kept).group_by(["start", "movie_id"])
    sums = rated.aggregate([("half_stars", "count"), ("half_stars", "sum")])
    gathered: dict[int, dict[str, tuple[int, int]]] = {}
    names = ("start", "movie_id", "half_stars_count", "half_stars_sum")
    for start_s, movie, count, half_stars in zip(
        *(sums[n].to_pylist() for n in names), strict=True
    ):
        counts = gathered.setdefault(start_s, {})
        for name in (f"m:{movie}", *(f"g:{genre}" for genre in genres.get(movie, ()))):
            had = counts.get(name, (0, 0))
            counts[name] = (had[0] + count, had[1] + half_stars)
    return [BucketCounts(Bucket(grain, start_s), counts) for start_s, counts in gathered.items()]

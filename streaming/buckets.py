"""Fresh ratings as counts by bucket and name, a column at a time.

One function for a batch of the stream and for the whole event log: what Spark sums up over batches,
a rebuild sums up at once.
"""

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from contracts.events import FRESH_MS
from contracts.store.trends import BucketCounts
from contracts.trends import GRAINS, Bucket

CELL = pa.schema(
    [
        ("timestamp", pa.timestamp("us", "UTC")),
        ("grain", pa.int8()),
        ("start_s", pa.int64()),
        ("name", pa.string()),
        ("ratings", pa.int64()),
        ("half_stars", pa.int64()),
    ]
)
"""`timestamp` is the newest record's; `grain` its place in `contracts.trends.GRAINS`."""
CELL_DDL = (
    "timestamp timestamp, grain tinyint, start_s bigint, name string, "
    "ratings bigint, half_stars bigint"
)
COLUMNS = ["timestamp_ms", "movie_id", "half_stars", "rated_at_ms"]
"""Of the event log, those that are counted by."""

Genres = Mapping[int, tuple[str, ...]]


def cells(rows: pa.Table, genres: Genres) -> pa.Table:
    """What log rows count: a cell for every bucket and name, which is `m:movie` or `g:genre`.

    Args:
        rows: with `COLUMNS` at least.
        genres: of each movie; one without counts by itself.
    """
    by_movie = pa.concat_tables([_by_movie(_fresh(rows), n) for n in range(len(GRAINS))])
    columns = (by_movie[name].to_pylist() for name in ("grain", "start_s", "movie_id", *_SUMS))
    gathered: dict[tuple[int, int, str], list[int]] = {}
    for grain, start_s, movie, newest_ms, ratings, half_stars in zip(*columns, strict=True):
        for name in (f"m:{movie}", *(f"g:{genre}" for genre in genres.get(movie, ()))):
            cell = gathered.setdefault((grain, start_s, name), [0, 0, 0])
            cell[0] = max(cell[0], newest_ms * 1000)
            cell[1] += ratings
            cell[2] += half_stars
    made = [(cell[0], *place, *cell[1:]) for place, cell in gathered.items()]
    by_column = zip(*made, strict=True) if made else ([] for _ in CELL)
    return pa.table([*map(pa.array, by_column)], names=CELL.names).cast(CELL)


def buckets(counted: Iterable[Mapping[str, int | str]]) -> list[BucketCounts]:
    """Cells, summed up already, gathered by bucket."""
    gathered: dict[Bucket, dict[str, tuple[int, int]]] = {}
    for cell in counted:
        bucket = Bucket(GRAINS[int(cell["grain"])], int(cell["start_s"]))
        counts = int(cell["ratings"]), int(cell["half_stars"])
        gathered.setdefault(bucket, {})[str(cell["name"])] = counts
    return [BucketCounts(bucket, counts) for bucket, counts in gathered.items()]


_SUMS = ("timestamp_ms_max", "half_stars_count", "half_stars_sum")


def _fresh(rows: pa.Table) -> pa.Table:
    """The ratings that count for trends; `contracts.events.is_fresh` of columns."""
    age_ms = pc.subtract(rows["timestamp_ms"], rows["rated_at_ms"])
    rated = pc.is_valid(rows["half_stars"])
    return rows.select(COLUMNS).filter(pc.and_(rated, pc.less_equal(age_ms, FRESH_MS)))


def _by_movie(fresh: pa.Table, grain: int) -> pa.Table:
    """Sums by a grain's buckets and by movie."""
    width_ms = GRAINS[grain].seconds * 1000
    start_s = pc.multiply(pc.divide(fresh["timestamp_ms"], width_ms), GRAINS[grain].seconds)
    summed = (
        fresh.append_column("start_s", start_s)
        .group_by(["start_s", "movie_id"])
        .aggregate([("timestamp_ms", "max"), ("half_stars", "count"), ("half_stars", "sum")])
    )
    return summed.append_column("grain", pa.array([grain] * len(summed), pa.int8()))

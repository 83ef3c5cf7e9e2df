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


class Names:
    """What a rating of each movie counts for: `m:movie`, and `g:genre` for each genre of it."""

    def __init__(self, genres: Genres) -> None:
        """Take the genres of each movie; one without counts by itself."""
        self._movies = pa.array(genres, pa.int32())
        names = [[f"g:{genre}" for genre in some] for some in genres.values()]
        self._genres = pa.array([*names, []], pa.list_(pa.string()))

    def named(self, by_movie: pa.Table) -> pa.Table:
        """Sums by movie, each as often as it has names."""
        movie = by_movie["movie_id"].combine_chunks()
        known = pc.fill_null(pc.index_in(movie, self._movies), len(self._movies))
        genres = self._genres.take(known)
        again = by_movie.take(pc.list_parent_indices(genres))
        names = pc.binary_join_element_wise("m:", movie.cast(pa.string()), "")
        return pa.concat_tables(
            [
                by_movie.append_column("name", names),
                again.append_column("name", pc.list_flatten(genres)),
            ]
        )


def cells(rows: pa.Table, names: Names) -> pa.Table:
    """What log rows count, with `COLUMNS` at least: a cell for every bucket and name."""
    fresh = _fresh(rows)
    by_movie = pa.concat_tables([_by_movie(fresh, n) for n in range(len(GRAINS))])
    summed = (
        names.named(by_movie)
        .group_by(["grain", "start_s", "name"])
        .aggregate([("newest_ms", "max"), ("ratings", "sum"), ("half_stars", "sum")])
    )
    newest_us = pc.multiply(summed["newest_ms_max"], 1000).cast(CELL.field("timestamp").type)
    columns = [newest_us, *(summed[name] for name in _CELL_COLUMNS)]
    return pa.table(columns, names=CELL.names).cast(CELL)


def buckets(counted: Iterable[Mapping[str, int | str]]) -> list[BucketCounts]:
    """Cells, summed up already, gathered by bucket."""
    gathered: dict[Bucket, dict[str, tuple[int, int]]] = {}
    for cell in counted:
        bucket = Bucket(GRAINS[int(cell["grain"])], int(cell["start_s"]))
        counts = int(cell["ratings"]), int(cell["half_stars"])
        gathered.setdefault(bucket, {})[str(cell["name"])] = counts
    return [BucketCounts(bucket, counts) for bucket, counts in gathered.items()]


_CELL_COLUMNS = ("grain", "start_s", "name", "ratings_sum", "half_stars_sum")


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
    found = summed.append_column("grain", pa.array([grain] * len(summed), pa.int8()))
    return found.rename_columns(
        ["start_s", "movie_id", "newest_ms", "ratings", "half_stars", "grain"]
    )

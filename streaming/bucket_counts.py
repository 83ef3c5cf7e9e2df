"""Counts records into buckets: cells by bucket and name, a column at a time.

One function for a batch of the stream and for the whole event log: what Spark sums up over batches,
a rebuild sums up at once. A cell's name says what it counts:

    m:movie, g:genre              fresh ratings, and their half-star sum
    a:records, a:rejected, a:ratings
                                  all records, those that are no events, fresh ratings
    u:register                    the largest rank of users with a fresh event of any kind; see
                                  `contracts.hyperloglog`

Counts are summed up over batches, ranks are merged by the larger one.
"""

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from contracts.events import FRESH_MS
from contracts.hyperloglog import REGISTERS, registers_and_ranks
from contracts.trends import GENRE, GRAINS, MINUTE, MOVIE, Bucket, Grain
from redis_store.trends import BucketCounts

CELL = pa.schema(
    [
        ("kept_until", pa.timestamp("us", "UTC")),
        ("grain", pa.int8()),
        ("start_s", pa.int64()),
        ("name", pa.string()),
        ("count", pa.int64()),
        ("half_stars", pa.int64()),
        ("rank", pa.int8()),
    ]
)
"""`kept_until` is when Redis drops the bucket; `grain` its place in `contracts.trends.GRAINS`."""
CELL_DDL = (
    "kept_until timestamp, grain tinyint, start_s bigint, name string, "
    "count bigint, half_stars bigint, rank tinyint"
)
COLUMNS = ["timestamp_ms", "user_id", "movie_id", "half_stars", "rated_at_ms"]
"""Of the event log, those that are counted by."""
ACTIVITY, USER = "a:", "u:"

Genres = Mapping[int, tuple[str, ...]]


class Names:
    """What a rating of each movie counts for: `m:movie`, and `g:genre` for each genre of it."""

    def __init__(self, genres: Genres) -> None:
        """Take the genres of each movie; one without counts by itself."""
        self._movies = pa.array(genres, pa.int32())
        names = [[f"{GENRE}{genre}" for genre in some] for some in genres.values()]
        self._genres = pa.array([*names, []], pa.list_(pa.string()))

    def named(self, by_movie: pa.Table) -> pa.Table:
        """Sums by movie, each as often as it has names."""
        movie = by_movie["movie_id"].combine_chunks()
        known = pc.fill_null(pc.index_in(movie, self._movies), len(self._movies))
        genres = self._genres.take(known)
        again = by_movie.take(pc.list_parent_indices(genres))
        names = pc.binary_join_element_wise(MOVIE, movie.cast(pa.string()), "")
        return pa.concat_tables(
            [
                by_movie.append_column("name", names),
                again.append_column("name", pc.list_flatten(genres)),
            ]
        )


def cells(rows: pa.Table, names: Names) -> pa.Table:
    """What log rows count, with `COLUMNS` at least: a cell for every bucket and name."""
    start_s = _starts(pc.divide(rows["timestamp_ms"], 1000), MINUTE)
    rows = rows.select(COLUMNS).append_column("start_s", start_s)
    age_ms = pc.subtract(rows["timestamp_ms"], rows["rated_at_ms"])  # null where rejected
    fresh = rows.filter(pc.less_equal(age_ms, FRESH_MS))  # `contracts.events.is_fresh` of columns
    ratings = fresh.filter(pc.is_valid(fresh["half_stars"]))
    parts = [
        names.named(_by_movie(ratings)),
        _users(fresh),
        _records("records", rows),
        _records("rejected", rows.filter(pc.is_null(rows["user_id"]))),
        _records("ratings", ratings),
    ]
    minutes = pa.concat_tables(parts, promote_options="default")
    return pa.concat_tables([_cells(minutes, n) for n in range(len(GRAINS))])


def buckets(counted: Iterable[Mapping[str, int | str]]) -> list[BucketCounts]:
    """Cells, summed up already, gathered by bucket."""
    gathered: dict[Bucket, BucketCounts] = {}
    for cell in counted:
        bucket = Bucket(GRAINS[int(cell["grain"])], int(cell["start_s"]))
        one = gathered.setdefault(bucket, BucketCounts(bucket, {}, {}, {}))
        kind, name, count = str(cell["name"])[:2], str(cell["name"])[2:], int(cell["count"])
        if kind == USER:
            one.registers[int(name)] = int(cell["rank"])
        elif kind == ACTIVITY:
            one.activity[name] = count
        else:
            one.counts[kind + name] = count, int(cell["half_stars"])
    return list(gathered.values())


_REGISTERS = pa.array([f"{USER}{register}" for register in range(REGISTERS)])


def _starts(seconds: pa.ChunkedArray, grain: Grain) -> pa.ChunkedArray:
    return pc.multiply(pc.divide(seconds, grain.seconds), grain.seconds)


def _by_movie(ratings: pa.Table) -> pa.Table:
    """Sums by minute and movie."""
    sums = {"count": ("half_stars", "count"), "half_stars": ("half_stars", "sum")}
    return _grouped(ratings, ["start_s", "movie_id"], sums)


def _users(fresh: pa.Table) -> pa.Table:
    """The largest rank by minute and register."""
    registers, ranks = registers_and_ranks(fresh["user_id"].to_numpy())
    placed = fresh.append_column("register", pa.array(registers))
    placed = placed.append_column("rank", pa.array(ranks))
    found = _grouped(placed, ["start_s", "register"], {"rank": ("rank", "max")})
    return found.append_column("name", _REGISTERS.take(found["register"]))


def _records(name: str, rows: pa.Table) -> pa.Table:
    """How many there are by minute."""
    found = _grouped(rows, ["start_s"], {"count": ("timestamp_ms", "count")})
    return found.append_column("name", pa.array([f"{ACTIVITY}{name}"] * len(found), pa.string()))


def _cells(minutes: pa.Table, grain: int) -> pa.Table:
    """Minutes summed up to a grain's buckets."""
    sums = {name: (name, "sum") for name in ("count", "half_stars")} | {"rank": ("rank", "max")}
    starts = _starts(minutes["start_s"], GRAINS[grain])
    starting = minutes.drop_columns("start_s").append_column("start_s", starts)
    summed = _grouped(starting, ["start_s", "name"], sums)
    lasting_s = GRAINS[grain].seconds + GRAINS[grain].kept_s
    until_us = pc.multiply(pc.add(summed["start_s"], lasting_s), 1_000_000)
    columns = {
        "kept_until": until_us.cast(CELL.field("kept_until").type),
        "grain": pa.array([grain] * len(summed), pa.int8()),
        **{name: summed[name] for name in ("start_s", "name")},
        **{name: pc.fill_null(summed[name], 0) for name in sums},
    }
    return pa.table(columns).cast(CELL)


def _grouped(table: pa.Table, by: list[str], sums: Mapping[str, tuple[str, str]]) -> pa.Table:
    """Named sums, made in this thread: Spark has a task for every core already."""
    found = table.group_by(by, use_threads=False).aggregate(list(sums.values()))
    return found.rename_columns([*by, *sums])

"""A release's ratings in time order, whatever its size: sorted by DuckDB on disk.

Source: DuckDB sorts what does not fit its memory limit through temporary files
(https://duckdb.org/docs/stable/guides/performance/how_to_tune_workloads).
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from contracts.process_exit import DISK_FULL, REJECTED, Failure
from contracts.scratch_folders import scratch
from movielens.rating_blocks import Ratings, read_blocks
from movielens.rating_rows import Reason, Rejected
from movielens.release import Release

MEMORY = "300MB"
"""DuckDB's share; with it, 32 million ratings are sorted within half a GiB in all."""
BATCH_ROWS = 65_536
SHOWN = 5
"""Rejected lines that are kept to be shown, of each reason."""
UNSORTED = """
    CREATE TABLE unsorted
        (row BIGINT, user_id INTEGER, movie_id INTEGER, half_stars UTINYINT, rated_at_s BIGINT)
"""
SORT = """
    CREATE TABLE ratings AS SELECT * FROM unsorted ORDER BY rated_at_s, row;
    DROP TABLE unsorted
"""
_SCHEMA = pa.schema(
    {
        "row": pa.int64(),
        "user_id": pa.int32(),
        "movie_id": pa.int32(),
        "half_stars": pa.uint8(),
        "rated_at_s": pa.int64(),
    }
)


@dataclass
class Rejects:
    """The lines that are no ratings: how many for which reason, and the first of each."""

    by_reason: Counter[Reason] = field(default_factory=Counter)
    first: list[Rejected] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many lines."""
        return self.by_reason.total()

    def summary(self) -> str:
        """How many for which reason, and the first; empty if there are none."""
        if not self.first:
            return ""
        reasons = ", ".join(f"{n} {reason.value}" for reason, n in self.by_reason.most_common())
        first = self.first[0]
        return f"{self.count} rows rejected ({reasons}), first {first.where}: {first.detail}"

    def add(self, rejected: Rejected) -> None:
        """Count a line."""
        self.by_reason[rejected.reason] += 1
        if self.by_reason[rejected.reason] <= SHOWN:
            self.first.append(rejected)


class TooManyRejects(Failure):
    """More lines of a file are no ratings than the caller allows; says why the first are not."""

    where = "data"
    what_to_do = (
        "look at them with `reelstream producer validate`, or allow them with --max-rejects"
    )
    code = REJECTED


@dataclass(frozen=True)
class Ordered:
    """A release's ratings in time order, those of one second in the file's.

    Attributes:
        sha256: of the ratings' file, or of its parts one after the other.
        rejects: lines of it that are no ratings.
        database: holds them as the table `ratings`.
    """

    sha256: str
    rejects: Rejects
    database: duckdb.DuckDBPyConnection

    def __len__(self) -> int:
        """How many ratings there are."""
        return self.ask("SELECT count(*) FROM ratings")

    def between(self, first: int, until: int) -> Iterator[Ratings]:
        """The ratings from one row in the order to before another, in batches."""
        for start in range(first, until, BATCH_ROWS):
            yield self._batch(start, min(start + BATCH_ROWS, until))

    def count_before(self, at_s: int) -> int:
        """How many ratings are older than this second."""
        return self.ask("SELECT count(*) FROM ratings WHERE rated_at_s < ?", at_s)

    def second(self, row: int) -> int:
        """When the rating at this row was given."""
        return self.ask("SELECT rated_at_s FROM ratings WHERE rowid = ?", row)

    def ask(self, query: str, *parameters: int) -> int:
        """The one number that a query of the table `ratings` gives."""
        found = self.database.execute(query, parameters).fetchone()
        return int(found[0]) if found else 0

    def _batch(self, first: int, until: int) -> Ratings:
        names = ", ".join(_SCHEMA.names)
        query = f"SELECT {names} FROM ratings WHERE rowid >= ? AND rowid < ? ORDER BY rowid"
        found = self.database.execute(query, (first, until)).fetchnumpy()
        return Ratings(*(found[name] for name in _SCHEMA.names))


@contextmanager
def in_time_order(
    release: Release,
    latest_s: int,
    max_rejects: int = 0,
    seen: Callable[[int], None] = lambda _: None,
) -> Iterator[Ordered]:
    """Within, the release's ratings in time order.

    Args:
        release: where they lie.
        latest_s: the last second that a rating may carry.
        max_rejects: how many lines may be no ratings.
        seen: told how many bytes have been read.

    Raises:
        TooManyRejects: if more lines are invalid.
        Damaged: if the file is not whole, or changes meanwhile.
        CannotSort: if the disk has no room for it.
    """
    digest, rejects = hashlib.sha256(), Rejects()

    def note(chunk: bytes) -> None:
        digest.update(chunk)
        seen(len(chunk))

    with _database() as database:
        for batch in _batches(release, latest_s, rejects, note):
            database.register("incoming", batch)
            database.execute("INSERT INTO unsorted SELECT * FROM incoming")
        _refuse(release, rejects, max_rejects)
        database.execute(SORT)
        yield Ordered(digest.hexdigest(), rejects, database)


class CannotSort(Failure):
    """There is no room for sorting; says where."""

    where = "TMPDIR"
    what_to_do = "free some space there, or set TMPDIR to another folder"
    code = DISK_FULL


@contextmanager
def _sorting(folder: Path) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        first = str(error).partition("\n")[0]
        raise CannotSort(f"the ratings cannot be sorted in {folder.parent}: {first}") from error


@contextmanager
def _database() -> Iterator[duckdb.DuckDBPyConnection]:
    """Within, an empty table `unsorted` in a file that is gone afterwards."""
    with scratch() as folder, _sorting(folder), duckdb.connect(str(folder / "it.db")) as database:
        database.execute("SET enable_progress_bar = false")  # on stdout, whoever reads that
        database.execute(f"SET memory_limit = '{MEMORY}'")
        database.execute("SET temp_directory = ?", [str(folder / "spilled")])
        database.execute(UNSORTED)
        yield database


def _batches(
    release: Release, latest_s: int, rejects: Rejects, note: Callable[[bytes], None]
) -> Iterator[pa.RecordBatch]:
    for block in read_blocks(release.ratings, latest_s, note):
        for one in block.rejected:
            rejects.add(one)
        columns = [getattr(block.ratings, name) for name in _SCHEMA.names]
        yield pa.record_batch([pa.array(column) for column in columns], schema=_SCHEMA)


def _refuse(release: Release, rejects: Rejects, most: int) -> None:
    if rejects.count > most:
        raise TooManyRejects(f"{release.ratings.where}: {rejects.summary()}")

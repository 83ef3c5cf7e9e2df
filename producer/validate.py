"""Validates a release without sending it: what is in it, what is wrong with it."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np

from contracts.clock import now_ms
from movielens.rating_rows import latest_second
from movielens.release import EmptyFile, NotMovieLens, Release, Table, open_release
from movielens.release_metadata import ReleaseMetadata, read_metadata
from movielens.time_order import Ordered, in_time_order

ALL = 2**62


class Example(msgspec.Struct, frozen=True):
    """An invalid line."""

    where: str
    reason: str
    detail: str


class ReleaseReport(msgspec.Struct, frozen=True):
    """What a release holds.

    Attributes:
        files: where each kind of file is.
        passed_over: what is not read, and why.
        lost: lines of the files beside the ratings that cannot be used; None for all of one.
        lost_examples: the first of them.
        untitled: rated movies that are missing from the movies file.
        ignored: members of a zip whose names no release has.
        sha256: of the ratings' file; event ids are made of it.
        first, last: seconds since the epoch; None without ratings.
        in_time_order: whether the file is so already.
        changed: ratings of a movie that the user had already rated.
        repeated: rows that are equal to an earlier one.
        rejected: invalid lines, by reason.
        examples: the first of them.
    """

    path: str
    files: dict[str, str]
    passed_over: list[str]
    lost: dict[str, int | None]
    lost_examples: list[str]
    untitled: int
    ignored: int
    sha256: str
    ratings: int
    users: int
    movies: int
    first: int | None
    last: int | None
    in_time_order: bool
    changed: int
    repeated: int
    rejected: dict[str, int]
    examples: list[Example]


def inspect_release(path: Path, allow_empty: bool) -> ReleaseReport:
    """What a release holds.

    Raises:
        NoData, NotMovieLens, Damaged: if it is not a release.
    """
    try:
        release = open_release(path)
    except EmptyFile:
        if not allow_empty:
            raise
        return ReleaseReport(
            str(path), {}, [], {}, [], 0, 0, "", 0, 0, 0, None, None, True, 0, 0, {}, []
        )
    metadata = read_metadata(release)
    with in_time_order(release, latest_second(now_ms()), max_rejects=ALL) as ratings:
        if not (len(ratings) or ratings.rejects.count or allow_empty):
            raise NotMovieLens(f"{release.ratings.where}: 0 ratings")
        return _found(release, metadata, ratings)


def _found(release: Release, metadata: ReleaseMetadata, ratings: Ordered) -> ReleaseReport:
    count = len(ratings)
    pairs = ratings.ask("SELECT count(*) FROM (SELECT DISTINCT user_id, movie_id FROM ratings)")
    distinct = ratings.ask(
        "SELECT count(*) FROM"
        " (SELECT DISTINCT user_id, movie_id, half_stars, rated_at_s FROM ratings)"
    )
    unsorted = ratings.ask(
        "SELECT count(*) FROM (SELECT row < lag(row) OVER (ORDER BY rowid) AS back FROM ratings)"
        " WHERE back"
    )
    return ReleaseReport(
        path=str(release.path),
        files={role.value: _file_name(table) for role, table in release.tables.items()},
        passed_over=list(release.passed_over),
        lost=metadata.lost_lines(),
        lost_examples=[one for loss in metadata.lost.values() for one in loss.first],
        untitled=_untitled(metadata, ratings),
        ignored=release.ignored,
        sha256=ratings.sha256,
        ratings=count,
        users=ratings.ask("SELECT count(DISTINCT user_id) FROM ratings"),
        movies=ratings.ask("SELECT count(DISTINCT movie_id) FROM ratings"),
        first=ratings.second(0) if count else None,
        last=ratings.second(count - 1) if count else None,
        in_time_order=unsorted == 0,
        changed=distinct - pairs,
        repeated=count - distinct,
        rejected={reason.value: n for reason, n in ratings.rejects.by_reason.most_common()},
        examples=[
            Example(one.where, one.reason.value, one.detail) for one in ratings.rejects.first
        ],
    )


def _file_name(table: Table) -> str:
    parts = len(table.parts)
    return table.where if parts == 1 else f"{table.where} ({parts} parts)"


def _untitled(metadata: ReleaseMetadata, ratings: Ordered) -> int:
    """How many rated movies are missing from the movies file; none if there is no such file."""
    rated = ratings.database.execute("SELECT DISTINCT movie_id FROM ratings").fetchnumpy()
    told = [movie.movie_id for movie in metadata.movies]
    return len(np.setdiff1d(rated["movie_id"], told)) if told else 0


def as_json(found: ReleaseReport) -> str:
    """One object."""
    return msgspec.json.encode(found).decode() + "\n"


def as_text(found: ReleaseReport) -> str:
    """Lines for people."""
    order = "in time order" if found.in_time_order else "not in time order (a replay sorts them)"
    lines = [
        found.path,
        *(f"  {role:8} {where}" for role, where in sorted(found.files.items())),
        f"  {found.ratings:,} ratings by {found.users:,} users of {found.movies:,} movies, {order}",
    ]
    if found.first is not None and found.last is not None:
        lines.append(f"  from {_day(found.first)} to {_day(found.last)}")
    for count, what in (
        (found.changed, "ratings of a movie that the user had already rated"),
        (found.repeated, "rows identical to an earlier one"),
        (found.untitled, "rated movies that are missing from the movies file"),
        (found.ignored, "unknown files in the zip ignored"),
    ):
        lines += [f"  {count:,} {what}"] if count else []
    lines += [f"  {one}" for one in found.passed_over]
    lines += [f"  {_lost(role, count)}" for role, count in found.lost.items()]
    lines += [f"    {one}" for one in found.lost_examples]
    lines.append(f"  {sum(found.rejected.values()):,} invalid rows")
    lines += [f"    {reason:12} {count:,}" for reason, count in found.rejected.items()]
    lines += [f"    {one.where}: {one.reason}: {one.detail}" for one in found.examples]
    return "\n".join(lines) + "\n"


def _lost(role: str, count: int | None) -> str:
    if count is None:
        return f"the {role} file cannot be used"
    return f"{count:,} invalid lines in the {role} file"


def _day(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S")

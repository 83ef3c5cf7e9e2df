"""Looking at a release without sending it: what is in it, what is wrong with it."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from contracts.clock import now_ms
from contracts.movielens.layouts import EmptyFile, NotMovieLens, Release, open_release
from contracts.movielens.ordering import Ordered, in_time_order
from contracts.movielens.rows import latest_second

ALL = 2**62


class Example(msgspec.Struct, frozen=True):
    """A line that is no rating."""

    line: int
    reason: str
    detail: str


class Found(msgspec.Struct, frozen=True):
    """What a release holds.

    Attributes:
        files: where each kind of file is.
        ignored: members of a zip whose names no release has.
        sha256: of the ratings' file; event ids are made of it.
        first, last: seconds since the epoch; None without ratings.
        in_time_order: whether the file is so already.
        changed: ratings of a movie that the user had rated before.
        repeated: rows that are equal to an earlier one.
        rejected: lines that are no ratings, by reason.
        examples: the first of them.
    """

    path: str
    files: dict[str, str]
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


def look(path: Path, allow_empty: bool) -> Found:
    """What a release holds.

    Raises:
        NoData, NotMovieLens, Damaged: if it is none.
    """
    try:
        release = open_release(path)
    except EmptyFile:
        if not allow_empty:
            raise
        return Found(str(path), {}, 0, "", 0, 0, 0, None, None, True, 0, 0, {}, [])
    with in_time_order(release, latest_second(now_ms()), max_rejects=ALL) as ratings:
        if not (len(ratings) or ratings.rejects.count or allow_empty):
            raise NotMovieLens(f"{release.ratings.member.where}: 0 ratings")
        return _found(release, ratings)


def _found(release: Release, ratings: Ordered) -> Found:
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
    return Found(
        path=str(release.path),
        files={role.value: table.member.where for role, table in release.tables.items()},
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
        examples=[Example(one.line, one.reason.value, one.detail) for one in ratings.rejects.first],
    )


def as_json(found: Found) -> str:
    """One object."""
    return msgspec.json.encode(found).decode() + "\n"


def as_text(found: Found) -> str:
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
        (found.changed, "ratings of a movie that the user had rated before"),
        (found.repeated, "rows equal to an earlier one"),
        (found.ignored, "members of the zip passed over"),
    ):
        lines += [f"  {count:,} {what}"] if count else []
    lines.append(f"  {sum(found.rejected.values()):,} lines are no ratings")
    lines += [f"    {reason:12} {count:,}" for reason, count in found.rejected.items()]
    lines += [f"    line {one.line}: {one.reason}: {one.detail}" for one in found.examples]
    return "\n".join(lines) + "\n"


def _day(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S")

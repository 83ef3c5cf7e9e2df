"""A file of ratings as columns, block by block: vectorised where every line is plain.

A block that is not plain from end to end is read line by line by the strict parser. Both ways give
the same; a property test says so.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from contracts.events import FIRST_VISITOR_ID
from movielens.file_layouts import BYTE_ORDER_MARK, HEADERS, Layout, Role
from movielens.folder_or_zip import Member
from movielens.rating_rows import (
    EARLIEST_S,
    MAX_LINE_BYTES,
    MalformedRow,
    Rejected,
    parse_row,
)
from movielens.release import Part, Table

STRICT_LINES = 16_384
STARS = pa.array([f"{half_stars / 2:.1f}" for half_stars in range(11)])
"""How stars are written, by half-stars."""
_WRITTEN = pa.array([*STARS.to_pylist()[1:], "1", "2", "3", "4", "5"])
_HALF_STARS = np.array([*range(1, 11), 2, 4, 6, 8, 10, 0], np.uint8)
"""Of each of `_WRITTEN`; 0 of anything else."""
_FIRST_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)?")
_TYPES = {
    "userId": pa.int32(),
    "movieId": pa.int32(),
    "rating": pa.string(),
    "timestamp": pa.int64(),
}


@dataclass(frozen=True)
class Ratings:
    """Ratings as columns, all of shape (n,).

    `row` is the zero-based row of the file, all its parts together; rejected and blank ones are
    counted. Event ids are made of it, so that two equal rows are two events.
    """

    row: NDArray[np.int64]
    user_id: NDArray[np.int32]
    movie_id: NDArray[np.int32]
    half_stars: NDArray[np.uint8]
    rated_at_s: NDArray[np.int64]

    def __len__(self) -> int:
        """How many ratings."""
        return len(self.row)

    def part(self, first: int, until: int) -> "Ratings":
        """The ratings from one index to before another."""
        part = slice(first, until)
        return Ratings(
            self.row[part],
            self.user_id[part],
            self.movie_id[part],
            self.half_stars[part],
            self.rated_at_s[part],
        )


@dataclass(frozen=True)
class Block:
    """A stretch of a file: its ratings and its invalid lines.

    Attributes:
        rows: how many there are, blank ones counted.
    """

    ratings: Ratings
    rejected: list[Rejected]
    rows: int


def read_blocks(
    table: Table, latest_s: int, seen: Callable[[bytes], None] = lambda _: None
) -> Iterator[Block]:
    """A file of ratings, in its own order.

    Args:
        table: the file.
        latest_s: the last second that a rating may carry.
        seen: told the file's bytes as they come, for a hash or a progress bar.

    Raises:
        Damaged: if the file is not whole, or changes meanwhile.
    """
    row = 0
    for part in table.parts:
        first, name = row, part.member.name if len(table.parts) > 1 else ""
        for lines in _lines(part, seen):
            plain = _plain(lines, part.layout, row, latest_s)
            at = _At(name, row, row - first + (2 if part.layout.header else 1))
            for block in [plain] if plain else _strict(lines, part.layout, at, latest_s):
                yield block
                row += block.rows


@dataclass(frozen=True)
class _At:
    """A place in a file: its part, empty if it is whole; the row of the file, the part's line."""

    part: str
    row: int
    line: int


def _lines(part: Part, seen: Callable[[bytes], None]) -> Iterator[bytes]:
    """The part's lines without its header, so many at once as a piece of it holds."""
    for n, text in enumerate(_whole_lines(part.member, seen)):
        if n:
            yield text
        else:
            lines = text.removeprefix(BYTE_ORDER_MARK)
            yield _FIRST_LINE.sub(b"", lines, count=1) if part.layout.header else lines


def _whole_lines(member: Member, seen: Callable[[bytes], None]) -> Iterator[bytes]:
    """The file's bytes cut at line ends; of a line beyond all measure only the beginning."""
    tail = b""
    for chunk in member.chunks():
        seen(chunk)
        text = tail + chunk
        # A CR at the very end may be the first half of a CRLF.
        cut = max(text.rfind(b"\n"), text.rfind(b"\r", 0, -1)) + 1
        if cut:
            yield text[:cut]
        tail = text[cut:]
        if len(tail) > MAX_LINE_BYTES:
            tail = tail[: MAX_LINE_BYTES + 1] + (b"\r" if tail.endswith(b"\r") else b"")
    if tail:
        yield tail


def _plain(text: bytes, layout: Layout, first_row: int, latest_s: int) -> Block | None:
    """The block if each of its lines is a rating in canonical form, else None."""
    if set(layout.columns) != set(HEADERS[Role.ratings]):
        return None
    text = text.replace(b"\r\n", b"\n")
    if layout.separator != ",":
        if b"," in text:
            return None
        text = text.replace(layout.separator.encode(), b",")
    try:
        table = pyarrow.csv.read_csv(
            pa.py_buffer(text),
            pyarrow.csv.ReadOptions(
                column_names=layout.columns, block_size=max(1, len(text)), use_threads=False
            ),
            pyarrow.csv.ParseOptions(quote_char=False, ignore_empty_lines=False),
            pyarrow.csv.ConvertOptions(column_types=_TYPES, null_values=[]),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return None
    ratings = _ratings(table, first_row)
    if not _in_range(ratings, latest_s) or _written(table) != text.translate(None, b"\n"):
        return None
    return Block(ratings, [], len(ratings))


def _ratings(table: pa.Table, first_row: int) -> Ratings:
    stars = pc.fill_null(pc.index_in(table["rating"], _WRITTEN), len(_WRITTEN)).to_numpy()
    return Ratings(
        np.arange(first_row, first_row + len(table), dtype=np.int64),
        table["userId"].to_numpy(),
        table["movieId"].to_numpy(),
        _HALF_STARS[stars],
        table["timestamp"].to_numpy(),
    )


def _in_range(ratings: Ratings, latest_s: int) -> bool:
    return len(ratings) == 0 or bool(
        ratings.half_stars.min() > 0
        and ratings.user_id.min() > 0
        and ratings.user_id.max() < FIRST_VISITOR_ID
        and ratings.movie_id.min() > 0
        and ratings.rated_at_s.min() >= EARLIEST_S
        and ratings.rated_at_s.max() <= latest_s
    )


def _written(table: pa.Table) -> bytes:
    """The lines as canonical numbers are written, without their ends: what they must have been."""
    fields = [table[name].cast(pa.string()) for name in table.column_names]
    lines = pc.binary_join_element_wise(*fields, ",").combine_chunks()
    length = pc.sum(pc.binary_length(lines)).as_py() or 0
    return bytes(lines.buffers()[2])[:length] if length else b""


def _strict(text: bytes, layout: Layout, at: _At, latest_s: int) -> Iterator[Block]:
    """The block in pieces: what is told of rejected lines takes far more than they do."""
    lines = text.splitlines()
    for start in range(0, len(lines), STRICT_LINES):
        piece = replace(at, row=at.row + start, line=at.line + start)
        yield _parsed(lines[start : start + STRICT_LINES], layout, piece, latest_s)


def _parsed(lines: list[bytes], layout: Layout, at: _At, latest_s: int) -> Block:
    rows, rejected = [], []
    for n, line in enumerate(lines):
        if not line.strip():
            continue
        try:
            rows.append((at.row + n, *parse_row(line, layout, latest_s)))
        except MalformedRow as error:
            rejected.append(Rejected(at.part, at.line + n, error.reason, error.detail))
    row_, user, movie, stars, second = np.array(rows, np.int64).reshape(-1, 5).T
    ratings = Ratings(
        row_, user.astype(np.int32), movie.astype(np.int32), stars.astype(np.uint8), second
    )
    return Block(ratings, rejected, len(lines))

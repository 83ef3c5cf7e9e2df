"""The MovieLens reader: a folder of the CSV releases as arrays and a catalogue.

Source: the releases' README (Harper and Konstan 2015, https://doi.org/10.1145/2827872).
"""

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contracts.events import FIRST_VISITOR_ID, MAX_ID

_RATING = re.compile(r"([1-9]\d{0,9}),([1-9]\d{0,9}),([0-5](?:\.[05])?),(\d{1,10})", re.ASCII)
_TITLE = re.compile(r"(.*?)\s*\((\d{4})(?:[-–]\d{0,4})?\)\s*")
_ARTICLE = re.compile(
    r"^(.*), (The|A|An|El|La|Los|Las|Le|Les|Il|I|Der|Die|Das|Den|Det|De|O|Un|Une|Una)$"
)
RATINGS_HEADER = "userId,movieId,rating,timestamp"
MOVIES_HEADER = ["movieId", "title", "genres"]
LINKS_HEADER = ["movieId", "imdbId", "tmdbId"]


class NoData(FileNotFoundError):
    """A path where no release lies; says what is missing."""


class NotMovieLens(ValueError):
    """A path that does not hold what the releases hold; says file and line."""


@dataclass(frozen=True)
class Ratings:
    """A data set's ratings in time order, stable for equal times.

    All arrays have shape (n,). `row` is the zero-based row of the file, which event ids are made
    of, so that two equal rows are two events.
    """

    sha256: str
    row: NDArray[np.int64]
    user_id: NDArray[np.int32]
    movie_id: NDArray[np.int32]
    half_stars: NDArray[np.uint8]
    rated_at_s: NDArray[np.int64]

    def __len__(self) -> int:
        """How many ratings."""
        return len(self.row)

    def between(self, first_share: float, last_share: float) -> "Ratings":
        """The part between two shares of the rows in time order; neighbours share no row."""
        part = slice(round(len(self) * first_share), round(len(self) * last_share))
        return Ratings(
            self.sha256,
            self.row[part],
            self.user_id[part],
            self.movie_id[part],
            self.half_stars[part],
            self.rated_at_s[part],
        )


@dataclass(frozen=True)
class MovieRow:
    """A line of `movies.csv`, its title parsed."""

    movie_id: int
    title: str
    year: int | None
    genres: tuple[str, ...]


def recognise(folder: Path) -> None:
    """Look whether this is a folder of the CSV releases; rows are read later.

    Raises:
        NoData: if a file of it is not there.
        NotMovieLens: if a file begins otherwise.
    """
    headers = {"ratings.csv": RATINGS_HEADER, "movies.csv": ",".join(MOVIES_HEADER)}
    for name, header in headers.items():
        with _existing(folder, name).open("rb") as file:
            first = file.readline(200).rstrip().decode(errors="replace")
        if first != header:
            raise NotMovieLens(f"{folder / name} begins with {first[:60]!r}, not {header!r}")


def read_ratings(folder: Path) -> Ratings:
    """The ratings of `ratings.csv`, sorted by time.

    Raises:
        NoData: if there is no such file.
        NotMovieLens: naming the line that is none.
    """
    path = _existing(folder, "ratings.csv")
    content = path.read_bytes()
    rows = np.array(list(_parsed_ratings(path, content)), np.int64).reshape(-1, 4)
    if not len(rows):
        raise NotMovieLens(f"{path}: 0 ratings")
    order = np.argsort(rows[:, 3], kind="stable")
    user, movie, half_stars, rated_at = rows[order].T
    return Ratings(
        hashlib.sha256(content).hexdigest(),
        order.astype(np.int64),
        user.astype(np.int32),
        movie.astype(np.int32),
        half_stars.astype(np.uint8),
        rated_at,
    )


def read_movies(folder: Path) -> list[MovieRow]:
    """The movies of `movies.csv` in file order.

    Raises:
        NoData: if there is no such file.
        NotMovieLens: naming the line that is none.
    """
    path = _existing(folder, "movies.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        if next(lines, None) != MOVIES_HEADER:
            raise NotMovieLens(f"{path}: the first line is not {','.join(MOVIES_HEADER)}")
        return [_movie(path, lines.line_num, line) for line in lines]


def _existing(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise NoData(f"{folder} holds no {name}")
    return path


def _parsed_ratings(path: Path, content: bytes) -> Iterator[tuple[int, int, int, int]]:
    lines = content.removeprefix(b"\xef\xbb\xbf").decode("ascii", "replace").splitlines()
    if not lines or lines[0] != RATINGS_HEADER:
        raise NotMovieLens(f"{path}: the first line is not {RATINGS_HEADER}")
    for number, line in enumerate(lines[1:], 2):
        match = _RATING.fullmatch(line)
        row = match and (int(match[1]), int(match[2]), int(float(match[3]) * 2), int(match[4]))
        if not row or row[0] >= FIRST_VISITOR_ID or row[1] > MAX_ID or not 1 <= row[2] <= 10:
            raise NotMovieLens(f"{path} line {number}: no rating: {line[:80]!r}")
        yield row


def _movie(path: Path, number: int, line: list[str]) -> MovieRow:
    if len(line) != 3 or not re.fullmatch(r"[1-9]\d{0,9}", line[0], re.ASCII):
        raise NotMovieLens(f"{path} line {number}: no movie: {line!r:.80}")
    title = _TITLE.fullmatch(line[1])
    genres = () if line[2] == "(no genres listed)" else tuple(line[2].split("|"))
    name, year = (line[1].strip(), None) if title is None else (title[1], int(title[2]))
    return MovieRow(int(line[0]), _ARTICLE.sub(r"\2 \1", name), year, genres)


def read_links(folder: Path) -> dict[int, tuple[str | None, int | None]]:
    """IMDb and TMDb ids by movie, from `links.csv`; empty where the release has none.

    Raises:
        NotMovieLens: naming the line that is none.
    """
    path = folder / "links.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        if next(lines, None) != LINKS_HEADER:
            raise NotMovieLens(f"{path}: the first line is not {','.join(LINKS_HEADER)}")
        return dict(_link(path, lines.line_num, line) for line in lines)


def _link(path: Path, number: int, line: list[str]) -> tuple[int, tuple[str | None, int | None]]:
    if len(line) != 3 or not all(re.fullmatch(r"\d*", part, re.ASCII) for part in line):
        raise NotMovieLens(f"{path} line {number}: no link: {line!r:.80}")
    movie, imdb, tmdb = line
    return int(movie), (f"tt{imdb}" if imdb else None, int(tmdb) if tmdb else None)

"""Movies and where else they are found."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from contracts.events import MAX_ID
from contracts.movielens.layouts import Release, Role
from contracts.movielens.lines import MAX_TEXT, Fields, Malformed, natural, parsed, plain

MAX_GENRES = 20
"""Genres of a movie that are kept: as many as all releases have together."""
GENRES_100K = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary",
    "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi",
    "Thriller", "War", "Western",
)  # fmt: skip
"""What 100K's flags stand for."""
_NO_GENRE = {"", "unknown", "(no genres listed)"}
_YEAR = re.compile(r"\(([0-9]{4})(?:[-–][0-9]{0,4})?\)(?: \(T?V\))?$")
_LONGEST_YEAR = len("(1995–1996) (TV)")
_ARTICLE = re.compile(
    r"^(.*), (The|A|An|El|La|Los|Las|Le|Les|Il|I|Der|Die|Das|Den|Det|De|O|Un|Une|Una)$"
)
_DIGITS = re.compile(r"[0-9]{0,10}")


@dataclass(frozen=True)
class MovieRow:
    """A movie as a release tells it, its title parsed."""

    movie_id: int
    title: str
    year: int | None
    genres: tuple[str, ...]


class Link(NamedTuple):
    """A movie's ids elsewhere."""

    imdb_id: str | None
    tmdb_id: int | None


def read_movies(release: Release) -> list[MovieRow]:
    """The movies in the file's order; none where the release tells of none.

    Of a movie that is told twice the later line holds.

    Raises:
        NotMovieLens: naming the line that is none.
        Damaged: if the file is not whole.
    """
    movies = parsed(release, Role.movies, _movie)
    return list({movie.movie_id: movie for movie in movies}.values())


def read_links(release: Release) -> dict[int, Link]:
    """IMDb and TMDb ids by movie; empty where the release has none.

    Raises:
        NotMovieLens: naming the line that is none.
        Damaged: if the file is not whole.
    """
    return dict(parsed(release, Role.links, _link))


def _movie(fields: Fields) -> MovieRow:
    title, year = _title(plain(fields["title"]))
    if not title:
        raise Malformed("no title")
    genres = fields["genres"].split("|") if "genres" in fields else _flagged(fields)
    return MovieRow(_movie_id(fields), title, year, _genres(genres))


def _movie_id(fields: Fields) -> int:
    return natural("movieId", fields["movieId"], MAX_ID)


def _title(text: str) -> tuple[str, int | None]:
    """A title without its year, its article moved to the front."""
    found = _YEAR.search(text[-_LONGEST_YEAR:])
    if found is None or found[0] == text:
        return _ARTICLE.sub(r"\2 \1", text)[:MAX_TEXT], None
    name = text.removesuffix(found[0]).rstrip()
    return _ARTICLE.sub(r"\2 \1", name)[:MAX_TEXT], int(found[1])


def _flagged(fields: Fields) -> list[str]:
    flags = [fields[f"genre{n}"] for n in range(len(GENRES_100K))]
    if not set(flags) <= {"0", "1"}:
        raise Malformed(f"genres {'|'.join(flags)!r:.80}")
    return [genre for genre, flag in zip(GENRES_100K, flags, strict=True) if flag == "1"]


def _genres(written: Iterable[str]) -> tuple[str, ...]:
    genres = dict.fromkeys(plain(genre)[:MAX_TEXT] for genre in written)
    return tuple(genre for genre in genres if genre not in _NO_GENRE)[:MAX_GENRES]


def _link(fields: Fields) -> tuple[int, Link]:
    imdb, tmdb = fields["imdbId"], fields["tmdbId"]
    for name, text in (("imdbId", imdb), ("tmdbId", tmdb)):
        if not _DIGITS.fullmatch(text):
            raise Malformed(f"{name} {text!r:.80}")
    link = Link(f"tt{imdb}" if imdb else None, int(tmdb) if tmdb else None)
    return _movie_id(fields), link

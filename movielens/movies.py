"""Movies and their links to other sites."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from contracts.events import MAX_ID
from movielens.delimited_records import Fields, Malformed
from movielens.file_layouts import Role
from movielens.metadata_parsing import MAX_TEXT, Loss, natural, parsed, plain
from movielens.release import NotMovieLens, Release
from movielens.title_articles import fronted

MAX_GENRES = 20
"""Genres of a movie that are kept: as many as all releases have together."""
GENRES_100K = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary",
    "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi",
    "Thriller", "War", "Western",
)  # fmt: skip
"""What 100K's flags stand for."""
_NO_GENRE = {"", "unknown", "(no genres listed)"}
MAX_TMDB_ID = 10**10 - 1
_YEAR = re.compile(r"\(([0-9]{4})(?:[-–][0-9]{0,4}|/[IVXL]{1,8})?\)(?: \((?:TV|V|[IVXL]{1,8})\))?$")
"""A year or two; IMDb's number of a movie among those of its title and year; its mark of a kind."""
_LONGEST_YEAR = len("(1995–1996) (LXXXVIII)")
_IMDB = re.compile(r"(?:tt)?([0-9]{1,10})(?:\.0+)?")
_NOTHING = {"", "NA", "NaN", "nan", "NULL", "null", "None", r"\N"}
"""How programs write that there is no number."""


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


def read_movies(release: Release, loss: Loss) -> list[MovieRow]:
    """The movies in the file's order; none where the release tells of none.

    Of a movie that is told twice the later line holds. A file of which most lines are no movies is
    another kind's.

    Raises:
        NotMovieLens: if it is, naming its first such line.
        Damaged: if the file is not whole.
    """
    movies = list(parsed(release, Role.movies, _movie, loss))
    if loss.lines is None:
        raise NotMovieLens(loss.first[0])
    if loss.lines > len(movies):
        share = f"{loss.lines} of {loss.lines + len(movies)} lines are not movies"
        raise NotMovieLens(f"{loss.first[0]}; {share}")
    return list({movie.movie_id: movie for movie in movies}.values())


def read_links(release: Release, loss: Loss) -> dict[int, Link]:
    """IMDb and TMDb ids by movie; empty where the release has none.

    Raises:
        Damaged: if the file is not whole.
    """
    return dict(parsed(release, Role.links, _link, loss))


def _movie(fields: Fields) -> MovieRow:
    title, year = _title(plain(fields["title"]))
    if not title:
        raise Malformed("no title")
    return MovieRow(_movie_id(fields), title, year, _genres(_written_genres(fields)))


def _movie_id(fields: Fields) -> int:
    return natural("movieId", fields["movieId"], MAX_ID)


def _title(text: str) -> tuple[str, int | None]:
    """A title without its year, its articles moved to the front."""
    found = _YEAR.search(text[-_LONGEST_YEAR:])
    if found is None or found[0] == text:
        return fronted(text)[:MAX_TEXT], None
    name = text.removesuffix(found[0]).rstrip()
    return fronted(name)[:MAX_TEXT], int(found[1])


def _written_genres(fields: Fields) -> list[str]:
    """Genres as a file tells them: by name, by flags, or not at all."""
    if "genres" in fields:
        return fields["genres"].split("|")
    return _flagged(fields) if "genre0" in fields else []


def _flagged(fields: Fields) -> list[str]:
    flags = [fields[f"genre{n}"] for n in range(len(GENRES_100K))]
    if not set(flags) <= {"0", "1"}:
        raise Malformed(f"genres {'|'.join(flags)!r:.80}")
    return [genre for genre, flag in zip(GENRES_100K, flags, strict=True) if flag == "1"]


def _genres(written: Iterable[str]) -> tuple[str, ...]:
    genres = dict.fromkeys(plain(genre)[:MAX_TEXT] for genre in written)
    return tuple(genre for genre in genres if genre not in _NO_GENRE)[:MAX_GENRES]


def _link(fields: Fields) -> tuple[int, Link]:
    return _movie_id(fields), Link(_imdb_id(fields["imdbId"]), _tmdb_id(fields["tmdbId"]))


def _imdb_id(text: str) -> str | None:
    """An IMDb id, with the zeros in front that a program may have taken for a number's."""
    if text in _NOTHING:
        return None
    match = _IMDB.fullmatch(text)
    if match is None:
        raise Malformed(f"imdbId {text!r:.80}")
    return f"tt{match[1]:0>7}"


def _tmdb_id(text: str) -> int | None:
    return None if text in _NOTHING else natural("tmdbId", text, MAX_TMDB_ID)

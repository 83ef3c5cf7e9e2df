"""A data set, file by file."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import numpy as np

from movielens.file_layouts import HEADERS, Role
from producer.generate import WHAT_IT_IS_NOT, Shape
from producer.generate.file_writer import (
    RATINGS,
    TAGS,
    rating_rows,
    table,
    tag_rows,
    whole,
    write_lines,
)
from producer.generate.movies import GeneratedMovies, make_movies, rows
from producer.generate.random_streams import Ints, stream
from producer.generate.ratings import rate
from producer.generate.users import activity, make_people

README = """{about}

{users} users gave {ratings} ratings; there are {movies} movies; the seed is {seed}.
The same four numbers always make the same files.

The layout is that of MovieLens 25M:

ratings.csv   userId,movieId,rating,timestamp   sorted by user and movie; 0.5 to 5.0 stars
movies.csv    movieId,title,genres              invented titles with a year of release
links.csv     movieId,imdbId,tmdbId             empty ids, as an invented movie has none
tags.csv      userId,movieId,tag,timestamp      for about one rating in fifty
"""
BLOCK = 250_000
"""About how many ratings are drawn together. Every block has a stream of randomness of its own, so
this is part of what a seed means."""
MOVIES, ROWS, USERS, RATED = range(4)
"""The streams of a seed."""


def write(folder: Path, shape: Shape, report: Callable[[int], None]) -> None:
    """Write a data set; as `generate`, for a shape that has been checked."""
    movies = make_movies(stream(shape.seed, MOVIES), shape.movies)
    with whole(folder) as part:
        text = README.format(about=WHAT_IT_IS_NOT, **asdict(shape))
        (part / "README.txt").write_text(text, encoding="utf-8", newline="\n")
        lines = rows(movies, stream(shape.seed, ROWS))
        write_lines(part / "movies.csv", HEADERS[Role.movies], lines)
        links = ((index + 1, "", "") for index in range(shape.movies))
        write_lines(part / "links.csv", HEADERS[Role.links], links)
        _write_ratings(part, movies, shape, report)


def _write_ratings(
    folder: Path, movies: GeneratedMovies, shape: Shape, report: Callable[[int], None]
) -> None:
    count = activity(stream(shape.seed, USERS), shape.users, shape.movies, shape.ratings)
    with (
        table(folder / "ratings.csv", RATINGS) as ratings,
        table(folder / "tags.csv", TAGS) as tags,
    ):
        for first, end in _blocks(count):
            random = stream(shape.seed, RATED, first)
            people = make_people(random, count[first:end])
            block = rate(random, people, movies, count[first:end])
            ratings.write(rating_rows(block, first))
            tags.write(tag_rows(random, block, first))
            report(int(count[:end].sum()))


def _blocks(count: Ints) -> Iterator[tuple[int, int]]:
    """The first user of each block, and the one past its last."""
    block = (np.cumsum(count) - 1) // BLOCK
    return pairwise([0, *(np.flatnonzero(np.diff(block)) + 1).tolist(), len(count)])

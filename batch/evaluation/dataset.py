"""A data set's ratings as arrays, in time order."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contracts.clock import now_ms
from movielens.metadata_lines import Loss
from movielens.movies import read_movies
from movielens.rating_rows import latest_second
from movielens.release import open_release
from movielens.time_order import in_time_order
from recommender.ratings import IndexedRatings

Genres = Sequence[Sequence[str]]
"""Of each movie, by its index."""


def load(folder: Path) -> IndexedRatings:
    """The ratings of a MovieLens release.

    Raises:
        NoData: if none lies there.
        NotMovieLens: if it is not one.
        TooManyRejects: if a line of it is no rating.
    """
    with in_time_order(open_release(folder), latest_second(now_ms())) as ordered:
        batches = list(ordered.between(0, len(ordered)))
    columns = ("user_id", "movie_id", "half_stars", "rated_at_s")
    return of(*(np.concatenate([getattr(one, name) for one in batches]) for name in columns))


def load_genres(folder: Path, movie_ids: NDArray[np.int32]) -> Genres:
    """What a release says of these movies: nothing, if it has no file of movies.

    Raises:
        NotMovieLens: if that file has another format.
    """
    movies = read_movies(open_release(folder), Loss())
    known = {movie.movie_id: movie.genres for movie in movies}
    return [known.get(movie, ()) for movie in movie_ids.tolist()]


def of(
    user_id: NDArray[np.int32],
    movie_id: NDArray[np.int32],
    half_stars: NDArray[np.uint8],
    at_s: NDArray[np.int64],
) -> IndexedRatings:
    """Ratings of these columns, shape (n,) each, in any order."""
    order = np.lexsort((movie_id, user_id, at_s))
    user_ids, users = np.unique(user_id[order], return_inverse=True)
    movie_ids, movies = np.unique(movie_id[order], return_inverse=True)
    return IndexedRatings(user_ids, movie_ids, users, movies, half_stars[order], at_s[order])

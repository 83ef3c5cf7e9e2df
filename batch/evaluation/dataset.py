"""A data set's ratings as arrays, in time order."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batch.training import Describe
from contracts.clock import now_ms
from movielens.metadata_parsing import Loss
from movielens.movies import MovieRow, read_movies
from movielens.rating_rows import latest_second
from movielens.release import open_release
from movielens.time_order import in_time_order
from recommender.language_detection import guessed
from recommender.ratings import IndexedRatings, Ratings
from recommender.similar_movies import Content


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


def load_content(folder: Path) -> Describe:
    """Genres, years and languages of a release's movies: nothing, if it has no file of them.

    Raises:
        NotMovieLens: if that file has another format.
    """
    release = open_release(folder)
    movies = {movie.movie_id: movie for movie in read_movies(release, Loss())}
    unknown = MovieRow(0, "", None, ())

    def describe(movie_ids: NDArray[np.int32]) -> Content:
        known = [movies.get(movie, unknown) for movie in movie_ids.tolist()]
        return Content(
            [movie.genres for movie in known],
            [()] * len(known),
            [movie.year for movie in known],
            [guessed(movie.title) for movie in known],
        )

    return describe


def of(
    user_id: NDArray[np.int32],
    movie_id: NDArray[np.int32],
    half_stars: NDArray[np.uint8],
    at_s: NDArray[np.int64],
) -> IndexedRatings:
    """Ratings of these columns, shape (n,) each, in any order."""
    return IndexedRatings.of(Ratings(user_id, movie_id, half_stars, at_s * 1000))

"""The content of an export as Arrow tables: recommendations, movies, ratings.

Stars are stars here, not half-stars: these tables are for others.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from batch.snapshot import Snapshot
from contracts.artefact import Model
from contracts.catalogue import Catalogue
from contracts.ranked_lists import NO_STARS
from recommender.bulk_lists import ranked_lists
from recommender.fold_in import Folder

USERS_AT_ONCE = 1_000
"""Users whose lists and ratings are held, and written, at a time."""


def _always(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


RECOMMENDATIONS = pa.schema(
    [
        _always("user_id", pa.int32()),
        _always("rank", pa.int16()),
        _always("movie_id", pa.int32()),
        ("title", pa.string()),
        _always("score", pa.float32()),
        ("predicted_stars", pa.float64()),
    ]
)
"""Everybody's list, rank 1 first; no predicted stars for movies with too few ratings."""

MOVIES = pa.schema(
    [
        _always("movie_id", pa.int32()),
        ("title", pa.string()),
        ("year", pa.int16()),
        ("genres", pa.list_(pa.string())),
        ("imdb_id", pa.string()),
        ("tmdb_id", pa.int64()),
        _always("ratings", pa.int32()),
        _always("likes", pa.int32()),
        ("bias", pa.float32()),
    ]
)
"""The movies of catalogue and model; `bias` is in stars, null for a movie without ratings."""

RATINGS = pa.schema(
    [
        _always("user_id", pa.int32()),
        _always("movie_id", pa.int32()),
        _always("stars", pa.float32()),
        _always("rated_at", pa.timestamp("ms", "UTC")),
    ]
)
"""What stands: a row for each user and movie, ordered by them."""


def movies(model: Model, catalogue: Catalogue) -> pa.Table:
    """All movies that either knows of, by ascending id."""
    by_name = {movie.movie_id: movie for movie in catalogue.movies}
    ids = np.union1d(model.movies, np.fromiter(by_name, np.int32, len(by_name)))
    known = [by_name.get(movie_id) for movie_id in ids.tolist()]
    at = np.searchsorted(ids, model.movies)
    columns = {
        "movie_id": ids,
        "title": [movie and movie.title for movie in known],
        "year": [movie and movie.year for movie in known],
        "genres": [movie and movie.genres for movie in known],
        "imdb_id": [movie and movie.imdb_id for movie in known],
        "tmdb_id": [movie and movie.tmdb_id for movie in known],
        "ratings": _spread(model.ratings, at, len(ids)),
        "likes": _spread(model.likes, at, len(ids)),
        "bias": pa.array(_spread(model.biases / 2, at, len(ids)), mask=~np.isin(ids, model.movies)),
    }
    return pa.table(columns, MOVIES)


def parts(snapshot: Snapshot) -> Iterator[Snapshot]:
    """The snapshot cut into `USERS_AT_ONCE` users each."""
    starts = snapshot.history_batch.starts[:-1]
    edges = [*starts[::USERS_AT_ONCE].tolist(), len(snapshot.user_id)]
    return (snapshot.where(slice(*edge)) for edge in pairwise(edges))


def recommendations(folder: Folder, part: Snapshot, movie_table: pa.Table, top: int) -> pa.Table:
    """Everybody's list of at most `top` movies, at least 1; nothing for those without a like.

    Args:
        folder: of the model whose lists they are.
        part: at least one user.
        movie_table: `movies`, for the titles.
        top: so many.
    """
    lists = list(ranked_lists(folder, part.history_batch, top))
    lengths = [len(one.movies) for one in lists]
    ids = np.concatenate([one.movies for one in lists]).astype(np.int32)
    stars = np.concatenate([one.stars_x10 for one in lists])
    columns = {
        "user_id": np.repeat(part.users, lengths),
        "rank": np.concatenate([np.arange(1, n + 1, dtype=np.int16) for n in lengths]),
        "movie_id": ids,
        "title": movie_table["title"].take(
            np.searchsorted(movie_table["movie_id"].to_numpy(), ids)
        ),
        "score": np.concatenate([one.scores for one in lists]),
        "predicted_stars": pa.array(stars / 10, mask=stars == NO_STARS),
    }
    return pa.table(columns, RECOMMENDATIONS)


def ratings(part: Snapshot) -> pa.Table:
    """The ratings that stand; nothing that was retracted or dismissed."""
    rated = part.rated
    columns = {
        "user_id": rated.user_id,
        "movie_id": rated.movie_id,
        "stars": rated.half_stars / np.float32(2),
        "rated_at": rated.rated_at_ms,
    }
    return pa.table(columns).cast(RATINGS)


def _spread(values: NDArray[Any], at: NDArray[np.intp], size: int) -> NDArray[Any]:
    """An array of this size with the values at their indices, 0 elsewhere."""
    whole = np.zeros(size, values.dtype)
    whole[at] = values
    return whole

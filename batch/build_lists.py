"""The lists of a model: every user's list, popular movies, similar movies. Writes nothing."""

from collections.abc import Iterable
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batch.snapshot import Snapshot
from contracts.artefact import Model
from contracts.catalogue import Catalogue, Movie
from contracts.partitioner import partition_of
from contracts.ranked_lists import ENTRY, NO_STARS, RankedList, UserLists
from contracts.similar_movies import Neighbours
from contracts.version_lists import VersionLists
from recommender.bulk_lists import ranked_lists
from recommender.fold_in import Folder, Ranked
from recommender.language_detection import guessed
from recommender.similar_movies import Content, similar

LIST_LENGTH = 100
POPULAR_LENGTH = 1000
SIMILAR_LENGTH = 50


def make(
    version: int,
    model: Model,
    snapshot: Snapshot,
    partitions: int,
    stamp_ms: int,
    content: Content,
) -> VersionLists:
    """All lists of a version.

    Args:
        version: whose they are.
        model: what ranks.
        snapshot: whom there are lists for, and what these leave out.
        partitions: of the topic `ratings`.
        stamp_ms: when they are said to be made.
        content: of the model's movies, in their order.
    """
    return VersionLists(
        version=version,
        lists=user_lists(version, model, snapshot, partitions, stamp_ms),
        popular=popular_list(version, model, np.arange(len(model.movies)), stamp_ms),
        by_genre={
            genre: popular_list(version, model, rows, stamp_ms)
            for genre, rows in _rows_of_genres(content).items()
        },
        similar=_neighbours(version, model, content),
    )


def content_of(catalogue: Catalogue | None, movies: NDArray[np.int32]) -> Content:
    """What the catalogue knows of these movies: nothing, if there is none."""
    by_id = {movie.movie_id: movie for movie in (catalogue.movies if catalogue else [])}
    unknown = Movie(0, "", None, (), None, None, 0)
    found = [by_id.get(movie, unknown) for movie in movies.tolist()]
    return Content(
        [movie.genres for movie in found],
        [movie.tags for movie in found],
        [movie.year for movie in found],
        [guessed(movie.title) for movie in found],
    )


def user_lists(
    version: int, model: Model, snapshot: Snapshot, partitions: int, stamp_ms: int
) -> UserLists:
    """Everybody's list, masked; nothing for those without a like."""
    made = list(ranked_lists(Folder(model), snapshot.history_batch, LIST_LENGTH))
    counts = np.array([len(one.movies) for one in made], np.int32)
    able = counts > 0
    users = snapshot.users[able].tolist()
    own = [partition_of(user, partitions) for user in users]
    return UserLists(
        version=version,
        generated_at_ms=stamp_ms,
        partitions=np.array(own, np.int32),
        users=np.array(users, np.int64),
        next_offsets=np.array([snapshot.offsets[one] for one in own], np.int64),
        events_through_ms=np.array([snapshot.newest_ms[user] for user in users], np.int64),
        counts=counts[able],
        entries=_entries(compress(made, able), counts[able]),
    )


def _entries(made: Iterable[Ranked], counts: NDArray[np.int32]) -> NDArray[Any]:
    entries = np.zeros((len(counts), counts.max(initial=0)), ENTRY)
    for row, one in zip(entries, made, strict=True):
        count = len(one.movies)
        row["movie"][:count], row["score"][:count] = one.movies, one.scores
        row["stars"][:count] = one.stars_x10
    return entries


def popular_list(version: int, model: Model, rows: NDArray[np.intp], stamp_ms: int) -> RankedList:
    """Of these rows of the model, those with the most likes."""
    best = rows[np.argsort(-model.likes[rows], kind="stable")[:POPULAR_LENGTH]]
    stars = np.full(len(best), NO_STARS, np.uint8)
    scores = model.likes[best].astype(np.float32)
    return RankedList(version, 0, stamp_ms, 0, model.movies[best].astype(np.uint32), scores, stars)


def _rows_of_genres(content: Content) -> dict[str, NDArray[np.intp]]:
    rows: dict[str, list[int]] = {}
    for row, genres in enumerate(content.genres):
        for genre in genres:
            rows.setdefault(genre, []).append(row)
    return {genre: np.array(some, np.intp) for genre, some in sorted(rows.items())}


def _neighbours(version: int, model: Model, content: Content) -> dict[int, Neighbours]:
    """Of each movie that has any."""
    near, cosines = similar(model.factors, model.ratings, content, SIMILAR_LENGTH)
    made = {}
    for movie, others, values in zip(model.movies.tolist(), near, cosines, strict=True):
        found = others >= 0
        if found.any():
            ids = model.movies[others[found]].astype(np.uint32)
            made[movie] = Neighbours(version, ids, values[found])
    return made

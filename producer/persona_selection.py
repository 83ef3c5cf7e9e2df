"""Personas: a few users of a data set, described by the taste that their ratings show."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.catalogue import Movie, Person, Persona
from movielens.rating_blocks import Ratings
from producer.likes_by_genre import LikesByGenre
from recommender.preference import LIKE_FROM

PERSONAS = 5
FEWEST, MOST = 60, 600
"""Users with fewer show no clear taste; those with far more have rated most of what there is."""
FAVOURITES = 3


@dataclass(frozen=True)
class Leaning:
    """A user and the two genres that they like more than everyone does, the first most."""

    user_id: int
    ratings: int
    genres: tuple[str, ...]


def strongest(tally: LikesByGenre) -> list[Leaning]:
    """Users whose likes lean towards different genres, most strongly leaning first."""
    rated = (tally.ratings >= FEWEST) & (tally.ratings <= MOST)
    chosen = np.flatnonzero(rated & (tally.liked >= FEWEST // 3))
    if not len(chosen):
        return []
    counts = tally.liked_by_genre[chosen]
    everyones = tally.liked_by_genre.sum(axis=0) / tally.liked_by_genre.sum()
    more = counts / counts.sum(axis=1, keepdims=True) - everyones
    lean = np.where(counts > 0, more, -np.inf)
    first = lean.argmax(axis=1)
    most = lean.max(axis=1)
    ranked = np.lexsort((tally.user_id[chosen], -most))
    ranked = ranked[most[ranked] > 0]
    _, of_each_genre = np.unique(first[ranked], return_index=True)
    best = ranked[np.sort(of_each_genre)[:PERSONAS]]
    return [_leaning(tally, user, own) for user, own in zip(chosen[best], lean[best], strict=True)]


def _leaning(tally: LikesByGenre, user: int, lean: NDArray[np.float64]) -> Leaning:
    two = [n for n in np.argsort(-lean, kind="stable")[:2] if np.isfinite(lean[n])]
    genres = tuple(tally.genres[n] for n in two)
    return Leaning(int(tally.user_id[user]), int(tally.ratings[user]), genres)


def described(
    leanings: list[Leaning],
    ratings: Iterable[Ratings],
    movies: Iterable[Movie],
    people: Mapping[int, Person],
) -> list[Persona]:
    """These users with their favourites and who they are.

    Args:
        leanings: the users.
        ratings: all of the data set's, of whom only these users' are kept.
        movies: all of the data set's.
        people: who the users are, as far as is known.
    """
    by_id = {movie.movie_id: movie for movie in movies if movie.genres}
    liked = _liked(ratings, [one.user_id for one in leanings])
    return [
        Persona(
            one.user_id,
            one.ratings,
            one.genres,
            _favourites(liked[one.user_id], one.genres[0], by_id),
            people.get(one.user_id),
        )
        for one in leanings
    ]


def _liked(ratings: Iterable[Ratings], users: Collection[int]) -> dict[int, dict[int, int]]:
    """The half stars of each movie that these users like."""
    found: dict[int, dict[int, int]] = {user: {} for user in users}
    for some in ratings if users else ():
        theirs = np.isin(some.user_id, list(users)) & (some.half_stars >= LIKE_FROM)
        columns = (some.user_id, some.movie_id, some.half_stars)
        for user, movie, given in zip(*(c[theirs].tolist() for c in columns), strict=True):
            found[user][movie] = given
    return found


def _favourites(
    half_stars: Mapping[int, int], genre: str, movies: Mapping[int, Movie]
) -> tuple[int, ...]:
    """The best rated, of the user's genre first, the better known first."""

    def rank(movie: int) -> tuple[int, bool, int, int]:
        known = movies[movie]
        return -half_stars[movie], genre not in known.genres, -known.likes, movie

    return tuple(sorted(half_stars.keys() & movies.keys(), key=rank)[:FAVOURITES])

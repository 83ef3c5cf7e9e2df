"""The catalogue of a data set: its movies, and a few of its users described by their taste."""

from collections import Counter
from pathlib import Path

import numpy as np

from contracts.catalogue import Catalogue, Movie, Persona
from contracts.movielens import Ratings, read_links, read_movies
from recommender.preference import LIKE_FROM

PERSONAS = 5
FEWEST, MOST = 60, 600
"""Users with fewer show no clear taste; those with far more have rated most of what there is."""
FAVOURITES = 3


def build(folder: Path, ratings: Ratings) -> Catalogue:
    """The catalogue of a MovieLens folder and its ratings."""
    likes = Counter(ratings.movie_id[ratings.half_stars >= LIKE_FROM].tolist())
    links = read_links(folder)
    movies = [
        Movie(m.movie_id, m.title, m.year, m.genres, *links.get(m.movie_id, (None, None)),
              likes=likes[m.movie_id])
        for m in read_movies(folder)
    ]  # fmt: skip
    return Catalogue(movies, personas(movies, ratings))


def personas(movies: list[Movie], ratings: Ratings) -> list[Persona]:
    """Users whose likes lean towards different genres, most strongly leaning first."""
    by_id = {movie.movie_id: movie for movie in movies}
    described = [movie.movie_id for movie in movies if movie.genres]
    liked = (ratings.half_stars >= LIKE_FROM) & np.isin(ratings.movie_id, described)
    overall = _genre_shares(ratings.movie_id[liked].tolist(), by_id)
    strongest: dict[str, tuple[float, Persona]] = {}
    for user, count in zip(*np.unique(ratings.user_id, return_counts=True), strict=True):
        mine = liked & (ratings.user_id == user)
        if not FEWEST <= count <= MOST or mine.sum() < FEWEST // 3:
            continue
        own = ratings.movie_id[mine].tolist()
        genres, lean = _leaning(own, overall, by_id)
        loved = _favourites(own, ratings.half_stars[mine].tolist(), genres[0], by_id)
        persona = Persona(int(user), int(count), genres, loved)
        if lean > strongest.get(genres[0], (0.0, persona))[0]:
            strongest[genres[0]] = (lean, persona)
    ranked = sorted(strongest.values(), key=lambda pair: (-pair[0], pair[1].user_id))
    return [persona for _, persona in ranked[:PERSONAS]]


def _leaning(
    own: list[int], overall: dict[str, float], by_id: dict[int, Movie]
) -> tuple[tuple[str, ...], float]:
    """The two genres that a user likes more than everyone does, and by how much the first."""
    shares = _genre_shares(own, by_id)
    lean = {genre: share - overall[genre] for genre, share in shares.items()}
    first, *others = sorted(lean, key=lambda genre: (-lean[genre], genre))
    return (first, *others[:1]), lean[first]


def _favourites(
    own: list[int], half_stars: list[int], genre: str, by_id: dict[int, Movie]
) -> tuple[int, ...]:
    """The best rated, of the user's genre first, the better known first."""

    def rank(pair: tuple[int, int]) -> tuple[int, bool, int]:
        movie = by_id.get(pair[0])
        return (
            -pair[1],
            movie is None or genre not in movie.genres,
            -(movie.likes if movie else 0),
        )

    best = sorted(zip(own, half_stars, strict=True), key=rank)
    return tuple(movie for movie, _ in best[:FAVOURITES])


def _genre_shares(movies: list[int], by_id: dict[int, Movie]) -> dict[str, float]:
    known = (by_id[movie].genres for movie in movies if movie in by_id)
    counts = Counter(genre for genres in known for genre in genres)
    total = counts.total() or 1
    return {genre: count / total for genre, count in counts.items()}

"""Probes: a list that follows a taste, and one that does not."""

import numpy as np
import pytest

from recommender.ratings import IndexedRatings
from recommender.scorers import Floats, HalfStars, Indices
from recommender.taste_probes import DRAWS, KNOWN_FROM, K, known_by_genre, probe
from tests.batch.evaluation.small_datasets import ratings_of

GENRES = ("Horror", "Western", "Musical")
EACH = 30


def known_movies() -> tuple[list[tuple[str, ...]], IndexedRatings]:
    """Thirty known movies a genre."""
    rows = [
        (user, movie, 4.0, 1)
        for user in range(1, KNOWN_FROM + 1)
        for movie in range(1, EACH * len(GENRES) + 1)
    ]
    return [(genre,) for genre in GENRES for _ in range(EACH)], ratings_of(*rows)


class OfTheSameGenre:
    """Scores what is of the genre of the first liked movie."""

    def scores(self, movies: Indices, half_stars: HalfStars) -> Floats | None:
        same: Floats = np.arange(EACH * len(GENRES)) // EACH == movies[0] // EACH
        return same.astype(np.float32)


class TheSameForAll:
    """Scores the first movies, whatever is liked."""

    def scores(self, movies: Indices, half_stars: HalfStars) -> Floats | None:
        return -np.arange(EACH * len(GENRES), dtype=np.float32)


def test_lists_of_the_genre_that_is_liked_share_nothing() -> None:
    genres, ratings = known_movies()

    found = probe(OfTheSameGenre(), ratings, genres)

    assert found is not None
    assert (found.share, found.overlap) == (1.0, 0.0)


def test_the_same_list_for_all_is_of_one_genre_and_shared() -> None:
    genres, ratings = known_movies()

    found = probe(TheSameForAll(), ratings, genres)

    assert found is not None
    assert found.share == pytest.approx(1 / 3)
    assert found.overlap > 0.7


def test_the_rarest_genres_with_enough_known_movies_are_probed() -> None:
    genres = [("Drama", "IMAX")] * 50 + [("Film-Noir",)] * 9
    genres += [(f"genre {n}",) for n in range(10) for _ in range(10)]
    ratings = np.full(len(genres), KNOWN_FROM)
    ratings[-1] = KNOWN_FROM - 1

    found = known_by_genre(genres, ratings)

    assert sorted(found) == sorted([*(f"genre {n}" for n in range(9)), "Drama"])


def test_with_one_genre_there_is_nothing_to_probe() -> None:
    _, ratings = known_movies()
    genres = [("Drama",)] * EACH * len(GENRES)

    assert probe(TheSameForAll(), ratings, genres) is None


def test_a_probe_asks_for_so_many_draws_of_each_genre() -> None:
    genres, ratings = known_movies()
    asked: list[int] = []

    class Counting(OfTheSameGenre):
        def scores(self, movies: Indices, half_stars: HalfStars) -> Floats | None:
            asked.append(len(movies))
            return super().scores(movies, half_stars)

    probe(Counting(), ratings, genres)

    assert asked == [5] * DRAWS * len(GENRES)
    assert K == 10

"""Probes: a list that follows a taste, and one that does not."""

import numpy as np
import pytest

from batch.evaluation.factored_model import factored
from batch.native_engine import Native
from recommender import recency_weights
from recommender.ratings import IndexedRatings
from recommender.scorers import Floats, HalfStars, Indices
from recommender.taste_probes import DRAWS, KNOWN_FROM, K, known_by_genre, moment, probe
from tests.batch.evaluation.small_datasets import SMALL, ratings_of

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


def lovers_of_one_genre() -> tuple[list[tuple[str, ...]], IndexedRatings]:
    """Sixty people who have rated everything but a few movies, and like one genre."""
    genres: list[tuple[str, ...]] = [(genre,) for genre in GENRES for _ in range(2 * EACH)]
    random = np.random.default_rng(1)
    rows = [
        (user, movie, 5.0 if movie // (2 * EACH) == user % len(GENRES) else 2.0, movie)
        for user in range(60)
        for movie in random.choice(len(genres), 130, replace=False).tolist()
    ]
    return genres, ratings_of(*rows)


def test_this_evening_follows_a_new_taste_of_people_who_have_rated_much() -> None:
    genres, ratings = lovers_of_one_genre()
    model = factored(SMALL, Native(1))(ratings)

    ratio = moment(model, ratings, genres, probe(model, ratings, genres))

    assert ratio is not None
    assert ratio >= 0.85


def test_where_no_evening_counts_for_more_the_old_taste_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    genres, ratings = lovers_of_one_genre()
    model = factored(SMALL, Native(1))(ratings)

    monkeypatch.setattr(recency_weights, "LIKES_AGO", 1e9)
    ratio = moment(model, ratings, genres, probe(model, ratings, genres))

    assert ratio is not None
    assert ratio < 0.7


def test_where_nobody_has_rated_much_no_evening_is_probed() -> None:
    genres, ratings = known_movies()
    model = factored(SMALL, Native(1))(ratings)

    assert moment(model, ratings, genres, probe(model, ratings, genres)) is None


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

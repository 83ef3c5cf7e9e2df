"""Imaginary users who like what is of one kind."""

import numpy as np

from recommender.content_imaginary_users import kinds, with_content
from recommender.preference import FIVE_STARS
from recommender.ratings import Pairs
from recommender.similar_movies import Content

NOTHING = Content.unknown(4)
HORROR = Content(
    [("Horror",), ("Horror", "Comedy"), ("Comedy", "Horror"), ("Comedy",)],
    [("Dark", "dark"), ("dark",), (), ("dark",)],
    [1981, 1985, 1989, 1990],
    [None] * 4,
)


def rated() -> tuple[Pairs, np.ndarray]:
    """Two people's ratings of four movies."""
    pairs = Pairs.alike(np.array([0, 1, 1]), np.array([0, 1, 3]), (2, 4))
    return pairs, np.array([10, 2, 8], np.uint8)


def test_kinds_are_genres_pairs_of_them_and_genres_of_a_decade_of_three_movies() -> None:
    found = sorted(rows.tolist() for rows in kinds(HORROR))

    assert found == [[0, 1, 2], [0, 1, 2], [1, 2, 3]]


def test_a_language_and_a_genre_in_it_are_kinds() -> None:
    told = Content([("War",)] * 3 + [()], [()] * 4, [None] * 4, ["French"] * 4)

    found = sorted(rows.tolist() for rows in kinds(told))

    assert found == [[0, 1, 2], [0, 1, 2], [0, 1, 2, 3]]


def test_a_kind_of_two_movies_says_nothing() -> None:
    two = Content(
        [("War",), ("War",), (), ()],
        [("a",)] * 4,
        [1980, 1981, 1982, 1983],
        ["French"] * 2 + [None] * 2,
    )

    assert kinds(two) == []


def test_each_kind_likes_its_movies_and_counts_for_its_weight() -> None:
    pairs, half_stars = with_content(*rated(), HORROR, 0.5)

    assert pairs.shape == (5, 4)
    assert pairs.weights.tolist() == [1, 1, 0.5, 0.5, 0.5]
    assert pairs.users[:3].tolist() == [0, 1, 1]
    assert half_stars.tolist() == [10, 2, 8, *[FIVE_STARS] * 9]
    by_kind = [pairs.movies[pairs.users == user].tolist() for user in range(2, 5)]
    assert sorted(by_kind) == [[0, 1, 2], [0, 1, 2], [1, 2, 3]]


def test_without_content_ratings_stay_what_they_are() -> None:
    pairs, half_stars = rated()

    same, given = with_content(pairs, half_stars, NOTHING, 1.0)

    assert (same is pairs, given is half_stars) == (True, True)

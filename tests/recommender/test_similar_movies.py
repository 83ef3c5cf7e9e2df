from dataclasses import replace

import numpy as np

from recommender.fold_in import ENOUGH_RATINGS
from recommender.similar_movies import Content, similar

RATED = np.full(4, ENOUGH_RATINGS, np.int32)
UNTOLD = Content.unknown(4)


def neighbours(
    factors: list[list[float]], ratings: np.ndarray, content: Content, limit: int = 3
) -> list[list[int]]:
    movies, values = similar(np.array(factors, np.float32), ratings, content, limit)
    assert movies.shape == values.shape == (len(ratings), limit)
    return [[int(movie) for movie in row] for row in movies]


def test_movies_are_alike_by_the_direction_of_their_factors() -> None:
    factors = [[1.0, 0.0], [9.0, 1.0], [1.0, 1.0], [0.0, 2.0]]

    found = neighbours(factors, RATED, UNTOLD)

    assert found[0] == [1, 2, -1]
    assert found[3] == [2, 1, -1]


def test_no_movie_is_similar_to_itself() -> None:
    found = neighbours([[1.0, 0.1]] * 4, RATED, UNTOLD)

    assert all(movie not in row for movie, row in enumerate(found))


def test_a_movie_with_few_ratings_goes_by_genres() -> None:
    ratings = np.array([1, 50, 50, 50], np.int32)
    content = replace(UNTOLD, genres=[["War"], ["War"], ["Comedy"], ["War", "Comedy"]])

    found = neighbours([[1.0, 0.0]] * 4, ratings, content)

    assert found[0] == [1, 3, -1]


def test_a_movie_that_a_few_rated_is_not_told_as_similar_to_one_that_many_did() -> None:
    ratings = np.array([1, 50, 50, 50], np.int32)

    found = neighbours([[1.0, 0.0]] * 4, ratings, UNTOLD)

    assert all(0 not in row for row in found)


def test_a_rare_genre_says_more_than_a_common_one() -> None:
    ratings = np.zeros(4, np.int32)
    genres = [["Noir", "Drama"], ["Noir"], ["Drama"], ["Drama"]]

    found = neighbours([[0.0]] * 4, ratings, replace(UNTOLD, genres=genres))

    assert found[0][0] == 1


def test_tags_count_whatever_their_case() -> None:
    ratings = np.zeros(4, np.int32)
    tags = [["Time Travel"], ["dogs"], ["time travel"], []]

    found = neighbours([[0.0]] * 4, ratings, replace(UNTOLD, tags=tags))

    assert found[0] == [2, -1, -1]


def test_of_equal_genres_the_nearer_year_is_more_alike() -> None:
    ratings = np.zeros(4, np.int32)
    years = [1994, 1950, 1996, None]

    found = neighbours(
        [[0.0]] * 4, ratings, replace(UNTOLD, genres=[["War"]] * 3 + [["Noir"]], years=years)
    )

    assert found[0][:2] == [2, 1]


def test_a_movie_of_which_nothing_is_known_has_none() -> None:
    ratings = np.zeros(4, np.int32)

    assert neighbours([[0.0]] * 4, ratings, UNTOLD) == [[-1, -1, -1]] * 4

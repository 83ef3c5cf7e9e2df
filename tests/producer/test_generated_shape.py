"""The shape of generated data: like MovieLens in rough outline, with tastes that can be learnt."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from producer.generate import Shape
from tests.producer.generated_arrays import Columns, columns, generated, movies

Matrix = NDArray[np.float64]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As large as ml-latest-small."""
    return generated(tmp_path_factory.mktemp("shape") / "set", Shape(610, 9742, 100_836, 3))


@pytest.fixture(scope="module")
def made(folder: Path) -> Columns:
    return columns(folder)


@pytest.fixture(scope="module")
def real(data: Path) -> Columns:
    return columns(data)


def gini(values: NDArray[np.int64]) -> float:
    """0 if all are equal, towards 1 if one has everything."""
    many = np.sort(np.unique(values, return_counts=True)[1])
    return float(2 * np.arange(1, len(many) + 1) @ many / (len(many) * many.sum())) - 1


def gini_of_users(found: Columns) -> float:
    return gini(found.user)


def gini_of_movies(found: Columns) -> float:
    return gini(found.movie)


def mean(found: Columns) -> float:
    return float(found.stars.mean())


def deviation(found: Columns) -> float:
    return float(found.stars.std())


def whole_stars(found: Columns) -> float:
    return float(np.mean(found.stars % 1 == 0))


def fours(found: Columns) -> float:
    return float(np.mean(found.stars == 4))


def same_second(found: Columns) -> float:
    """The share of ratings that share user and second with another one."""
    _, place, many = np.unique(
        found.user << 32 | found.at_s, return_inverse=True, return_counts=True
    )
    return float(np.mean(many[place] > 1))


def one_sitting(found: Columns) -> float:
    """The share of users whose ratings have no gap of an hour."""
    moments = np.sort(found.user << 32 | found.at_s)
    gap = (np.diff(moments) > 3600) & (np.diff(moments >> 32) == 0)
    return 1 - len(np.unique(moments[1:][gap] >> 32)) / len(np.unique(found.user))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("figure", "band"),
    [
        (gini_of_users, 0.08),
        (gini_of_movies, 0.08),
        (mean, 0.15),
        (deviation, 0.15),
        (whole_stars, 0.08),
        (fours, 0.08),
        (same_second, 0.08),
        (one_sitting, 0.15),
    ],
)
def test_a_set_of_the_same_size_is_about_like_the_real_one(
    made: Columns, real: Columns, figure: Callable[[Columns], float], band: float
) -> None:
    assert figure(made) == pytest.approx(figure(real), abs=band)


def test_four_stars_are_given_most(made: Columns) -> None:
    stars, many = np.unique(made.stars, return_counts=True)

    assert stars[many.argmax()] == 4


def test_the_movies_rated_most_at_first_lose_a_fifth_of_their_share_and_more(made: Columns) -> None:
    early, late = (made.movie[part] for part in np.array_split(np.argsort(made.at_s), 5)[::4])

    first_hits = np.argsort(-np.bincount(early))[:50]

    assert np.isin(late, first_hits).mean() < 0.8 * np.isin(early, first_hits).mean()


def test_users_join_over_all_the_years(made: Columns) -> None:
    joined = np.minimum.reduceat(made.at_s, np.flatnonzero(np.diff(made.user, prepend=0)))

    years = np.unique(joined.astype("datetime64[s]").astype("datetime64[Y]"))

    assert len(years) == 24


@pytest.mark.slow
def test_users_like_movies_of_the_genres_that_they_rate_most_better_than_others(
    folder: Path, made: Columns
) -> None:
    stars, many = np.zeros((2, 610, 9742))
    stars[made.user - 1, made.movie - 1] = made.stars
    many[made.user - 1, made.movie - 1] = 1
    listed = [genres for _, _, genres in movies(folder)]
    of_genres = (np.array(listed)[:, None] == np.unique(listed)).astype(float)

    sums, counts = stars @ of_genres, many @ of_genres
    users, favourite = np.arange(610), counts.argmax(axis=1)

    of_favourite = sums[users, favourite] / counts[users, favourite]
    assert np.mean(of_favourite - sums.sum(axis=1) / counts.sum(axis=1)) > 0.1


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_matrix_factorisation_ranks_better_than_popularity(seed: int, tmp_path: Path) -> None:
    liked = columns(generated(tmp_path / "set", Shape(400, 1500, 40_000, seed)))
    seen, wanted = split(liked, np.random.default_rng(seed))

    popularity = ndcg(np.tile(seen.sum(axis=0), (len(seen), 1)), seen, wanted)
    factors = ndcg(implicit_als(seen, np.random.default_rng(seed)), seen, wanted)

    assert factors > 1.2 * popularity


def split(found: Columns, random: np.random.Generator) -> tuple[Matrix, Matrix]:
    """Who rated what, of shape (users, movies): four fifths, and the likes of the other fifth."""
    kept = random.random(len(found.user)) < 0.8
    seen, wanted = np.zeros((2, found.user.max() + 1, len(found.year) + 1))
    seen[found.user[kept], found.movie[kept]] = 1
    held = ~kept & (found.stars >= 4)
    wanted[found.user[held], found.movie[held]] = 1
    return seen, wanted


def ndcg(scores: Matrix, seen: Matrix, wanted: Matrix) -> float:
    """NDCG@10 of the unseen movies, over the users that want any."""
    top = np.argsort(-np.where(seen > 0, -np.inf, scores), axis=1)[:, :10]
    discount = 1 / np.log2(np.arange(2, 12))
    ideal = np.append(0, np.cumsum(discount))[np.minimum(wanted.sum(axis=1), 10).astype(int)]
    gain = np.take_along_axis(wanted, top, axis=1) @ discount
    return float(np.mean(gain[ideal > 0] / ideal[ideal > 0]))


def implicit_als(seen: Matrix, random: np.random.Generator) -> Matrix:
    """Scores by the factorisation of Hu, Koren and Volinsky 2008, of rank 12."""
    movie_factors = random.normal(0, 0.1, (seen.shape[1], 12))
    for _ in range(5):
        users = solved(seen, movie_factors)
        movie_factors = solved(seen.T, users)
    return users @ movie_factors.T


def solved(seen: Matrix, other: Matrix, confidence: float = 10, penalty: float = 20) -> Matrix:
    products = (other[:, :, None] * other[:, None, :]).reshape(len(other), -1)
    gram = (confidence * seen @ products + products.sum(axis=0)).reshape(len(seen), 12, 12)
    target = (1 + confidence) * seen @ other
    return np.linalg.solve(gram + penalty * np.eye(12), target[:, :, None])[:, :, 0]

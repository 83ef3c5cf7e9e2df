"""Generated ratings for `bench.als`: what is fitted, what is held out, and the loss on that.

A tenth of MovieLens 10M has a tenth of its users and all of its movies.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyarrow import csv

from bench.generate import SHAPE
from producer.generate import Shape, generate
from recommender import als
from recommender.preference import LIKE_FROM
from recommender.ratings import Pairs

HELD_OUT = 0.05
"""The share of likes that nothing is fitted on."""
EARLIER = 0.95
"""The share of the others, by time, that a warm start's artefact is fitted on."""
PAIRS = 1_000_000
"""Random pairs of user and movie that stand for all unobserved ones."""
SEED = 1
WEIGHING = als.Weighing(dislike=0.3, unobserved=0.2, regularisation=0.05, base_likes=0.0)
"""Without base likes, which neither implicit nor MLlib has."""


class Fitted(NamedTuple):
    """What a fit took, in seconds of processors, and what came of it."""

    cpu_s: float
    factors: als.Factors


@dataclass(frozen=True)
class Ratings:
    """Ratings to fit, in the order of time, and pairs to judge by.

    Attributes:
        users: row of each rating's user, shape (n,).
        movies: row of each rating's movie, shape (n,).
        half_stars: the ratings, shape (n,).
        liked: users and movies of the likes that were held out, shape (2, likes).
        unobserved: users and movies of pairs that nobody rated, shape (2, pairs).
        shape: how many users and movies there are.
    """

    users: als.Indices
    movies: als.Indices
    half_stars: NDArray[np.uint8]
    liked: als.Indices
    unobserved: als.Indices
    shape: als.Indices

    @property
    def sides(self) -> tuple[int, int]:
        """How many users and movies there are."""
        return int(self.shape[0]), int(self.shape[1])

    def save(self, folder: Path) -> None:
        """Keep it in a folder, an array a file."""
        for name, array in vars(self).items():
            np.save(folder / f"{name}.npy", array)

    def problem(self, share: float = 1.0) -> als.Problem:
        """What is to be minimised, of the earliest share of the ratings."""
        n = round(share * len(self.users))
        pairs = Pairs.alike(self.users[:n], self.movies[:n], self.sides)
        return als.likes(pairs, self.half_stars[:n], WEIGHING)

    def loss(self, factors: als.Factors) -> float:
        """What factors lose on pairs that they were not fitted on, for each held-out like.

        That is the objective without its ridges, whatever the side: (1 + u)·(1 - x·y)², the mean
        over held-out likes, and u·(x·y)², the mean over a fixed sample of unobserved pairs, times
        how many such pairs there are for each like; u is the unobserved weight.
        """
        likes = int((self.half_stars >= LIKE_FROM).sum()) + self.liked.shape[1]
        pairs = self.sides[0] * self.sides[1] - len(self.users) - self.liked.shape[1]
        missed = _mean_square(1 - _scores(factors, self.liked))
        claimed = _mean_square(_scores(factors, self.unobserved))
        u = WEIGHING.unobserved
        lost: float = (1 + u) * missed + u * pairs / likes * claimed
        return lost


def load(folder: Path) -> Ratings:
    """What was saved there."""
    return Ratings(**{name: np.load(folder / f"{name}.npy") for name in Ratings.__annotations__})


def made(folder: Path, count: int) -> Ratings:
    """So many generated ratings, saved in the folder."""
    users = round(SHAPE.users * count / SHAPE.ratings)
    generate(folder, Shape(users, SHAPE.movies, count, SEED), lambda _: None)
    table = csv.read_csv(folder / "ratings.csv").sort_by("timestamp")
    half_stars = (2 * table["rating"].to_numpy()).astype(np.uint8)
    rows = [np.unique(table[name], return_inverse=True)[1] for name in ("userId", "movieId")]
    ratings = held_out(rows[0], rows[1], half_stars)
    ratings.save(folder)
    return ratings


def held_out(users: als.Indices, movies: als.Indices, half_stars: NDArray[np.uint8]) -> Ratings:
    """Some likes kept apart, and a sample of what nobody rated."""
    random = np.random.default_rng(SEED)
    apart = (half_stars >= LIKE_FROM) & (random.random(len(users)) < HELD_OUT)
    shape = np.array([users.max() + 1, movies.max() + 1])
    drawn = random.integers(0, shape[:, None], (2, PAIRS))
    rated = np.isin(_keys(drawn, shape), _keys(np.stack([users, movies]), shape))
    liked = np.stack([users[apart], movies[apart]])
    rest = users[~apart], movies[~apart], half_stars[~apart]
    return Ratings(*rest, liked, drawn[:, ~rated], shape)


def _keys(pairs: als.Indices, shape: als.Indices) -> als.Indices:
    keys: als.Indices = pairs[0] * shape[1] + pairs[1]
    return keys


def _scores(factors: als.Factors, pairs: als.Indices) -> als.Floats:
    """The products of pairs of vectors, some at a time."""
    parts = np.array_split(pairs, max(1, pairs.shape[1] // 100_000), axis=1)
    return np.concatenate(
        [np.einsum("ij,ij->i", factors.users[u], factors.movies[m]) for u, m in parts]
    )


def _mean_square(values: als.Floats) -> float:
    return float(np.square(values, dtype=np.float64).mean())

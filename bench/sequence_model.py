"""SASRec, a sequence model, in JAX: what is liked next, by the order of what was rated before.

Source: Kang and McAuley 2018, "Self-Attentive Sequential Recommendation"; two causal blocks of one
head each, and the same vectors for movies that are read and movies that are predicted. Other than
there, the loss is the softmax over all movies, stars are embedded as positions are, and only likes
are predicted: each from what was rated before its second, as evaluations ask for it, because order
inside a second is none.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from recommender.preference import LIKE_FROM
from recommender.ratings import IndexedRatings
from recommender.scorers import UNKNOWN, Floats, HalfStars, Indices

LENGTH, WIDTH, BLOCKS = 100, 64, 2
"""Ratings that are read at most, the length of vectors, attention blocks."""
BATCH, ASKED = 32, 1024
"""Windows of a step, and likes drawn from them to be predicted, with replacement."""
SPREAD = 0.02
"""Standard deviation of vectors before training."""
MEAN_DECAY, SQUARE_DECAY, WEIGHT_DECAY, TINY = 0.9, 0.98, 1.0, 1e-8
"""Of AdamW."""
STATES = 11
"""Half-stars, and the 0 of a place that is empty."""
SEED = 1

Weights = dict[str, Any]
"""Arrays by name; of blocks, a list of such."""


class Windows(NamedTuple):
    """Stretches of histories in time order, from the left, shape (n, LENGTH) each.

    Attributes:
        movies: rows of movies.
        half_stars: that they got; 0 where the window is empty.
        before: of a like, the place of the last rating of an earlier second; -1 of all else.
    """

    movies: NDArray[np.int32]
    half_stars: NDArray[np.int32]
    before: NDArray[np.int32]


class Batch(NamedTuple):
    """Windows, shape (BATCH, LENGTH), and likes that each follow a place of one, shape (ASKED,)."""

    movies: NDArray[np.int32]
    half_stars: NDArray[np.int32]
    window: NDArray[np.intp]
    place: NDArray[np.int32]
    liked: NDArray[np.int32]


class Adam(NamedTuple):
    """Weights, running means of their gradients and of these squared, and steps so far."""

    weights: Weights
    mean: Weights
    square: Weights
    steps: jax.Array


class SASRec:
    """What has learned.

    A history is read in the order in which it is given: time order, but for `onboard`, which draws
    a newcomer's likes in an order of its own. Of a movie that was rated twice, the protocols tell
    the later stars at the earlier place.
    """

    def __init__(self, weights: Weights, row: Indices) -> None:
        """Score by these weights; `row` is each movie's in them, or -1, shape (all movies,)."""
        self.weights = weights
        self.row = row

    def scores(self, movies: Indices, half_stars: HalfStars) -> Floats | None:
        """All movies' scores after a history, shape (all movies,); None without a like."""
        rows = self.row[movies]
        rows, given = rows[rows >= 0], half_stars[rows >= 0]
        if not (given >= LIKE_FROM).any():
            return None
        read = np.zeros((2, LENGTH), np.int32)
        count = min(len(rows), LENGTH)
        read[:, :count] = rows[-LENGTH:], given[-LENGTH:]
        found = np.full(len(self.row), UNKNOWN)
        found[self.row >= 0] = _scores(self.weights, read, count - 1)
        return found


def sasrec(epochs: int, dropout: float, learning_rate: float) -> Callable[[IndexedRatings], SASRec]:
    """The model after so many passes over everybody's history; it is the same each time."""

    def learned(train: IndexedRatings) -> SASRec:
        known = np.unique(train.movies)
        row = np.full(len(train.movie_ids), -1)
        row[known] = np.arange(len(known))
        random, key = np.random.default_rng(SEED), jax.random.key(SEED)
        weights = _first(len(known), jax.random.fold_in(key, 0))
        nothing = partial(jax.tree.map, jnp.zeros_like, weights)
        adam = Adam(weights, nothing(), nothing(), jnp.array(0))
        for _ in range(epochs):
            for batch in _batches(_windows(train, row, random), random):
                key, drop = jax.random.split(key)
                adam = _step(adam, batch, dropout, learning_rate, drop)
        return SASRec(adam.weights, row)

    return learned


def _windows(train: IndexedRatings, row: Indices, random: np.random.Generator) -> Windows:
    """Everybody's history in windows; where a long one is first cut is drawn anew each time."""
    order = np.argsort(train.users, kind="stable")
    ends = np.cumsum(np.bincount(train.users))
    parts = []
    for rows in np.split(order, ends[:-1]):
        first = int(random.integers(1, LENGTH + 1)) if len(rows) > LENGTH else LENGTH
        parts += np.split(rows, range(first, len(rows), LENGTH))
    made = Windows(*(np.zeros((len(parts), LENGTH), np.int32) for _ in Windows._fields))
    made.before[:] = -1
    for number, part in enumerate(parts):
        at_s, count = train.at_s[part], len(part)
        made.movies[number, :count] = row[train.movies[part]]
        made.half_stars[number, :count] = train.half_stars[part]
        earlier = np.searchsorted(at_s, at_s) - 1
        made.before[number, :count] = np.where(train.likes[part], earlier, -1)
    return made


def _batches(windows: Windows, random: np.random.Generator) -> Iterator[Batch]:
    """All windows that have a like to predict, in another order each time."""
    useful = random.permutation(np.flatnonzero((windows.before >= 0).any(axis=1)))
    for some in np.resize(useful, (-(-len(useful) // BATCH), BATCH)):
        movies, half_stars, before = (column[some] for column in windows)
        window, like = np.nonzero(before >= 0)
        drawn = random.integers(len(window), size=ASKED)
        window, like = window[drawn], like[drawn]
        yield Batch(movies, half_stars, window, before[window, like], movies[window, like])


def _first(movies: int, key: jax.Array) -> Weights:
    """The weights before training."""
    keys = iter(jax.random.split(key, 3 + 5 * BLOCKS))

    def drawn(*shape: int, spread: float = SPREAD) -> jax.Array:
        return jax.random.normal(next(keys), shape) * spread

    def norm() -> Weights:
        return {"scale": jnp.ones(WIDTH), "shift": jnp.zeros(WIDTH)}

    def layer() -> jax.Array:
        return drawn(WIDTH, WIDTH, spread=WIDTH**-0.5)

    blocks = [
        {name: layer() for name in ("query", "key", "value", "inner", "outer")}
        | {"inner_shift": jnp.zeros(WIDTH), "outer_shift": jnp.zeros(WIDTH)}
        | {"before_attention": norm(), "before_feed": norm()}
        for _ in range(BLOCKS)
    ]
    vectors = {"movies": drawn(movies, WIDTH), "places": drawn(LENGTH, WIDTH)}
    return vectors | {"stars": drawn(STATES, WIDTH), "blocks": blocks, "last": norm()}


def _states(
    weights: Weights,
    movies: jax.Array,
    half_stars: jax.Array,
    dropout: float,
    key: jax.Array | None,
) -> jax.Array:
    """What is known at each place of windows, (n, LENGTH) to (n, LENGTH, WIDTH).

    With a key, so large a share of the inputs of each layer is dropped, as in training. What is
    behind a window's end is read by nobody: places look back alone.
    """
    keys = iter(() if key is None else jax.random.split(key, 1 + 2 * BLOCKS))

    def dropped(values: jax.Array) -> jax.Array:
        if key is None:
            return values
        return values * jax.random.bernoulli(next(keys), 1 - dropout, values.shape) / (1 - dropout)

    read = weights["movies"][movies] * WIDTH**0.5
    states = dropped(read + weights["places"] + weights["stars"][half_stars])
    for block in weights["blocks"]:
        states += dropped(_attention(block, _normed(block["before_attention"], states)))
        states += dropped(_feed_forward(block, _normed(block["before_feed"], states)))
    return _normed(weights["last"], states)


def _attention(block: Weights, states: jax.Array) -> jax.Array:
    """Each place looks at itself and what is before it; shape (n, LENGTH, WIDTH) throughout."""
    query, key, value = (states @ block[name] for name in ("query", "key", "value"))
    likeness = query @ key.swapaxes(1, 2) / WIDTH**0.5
    past = jnp.tril(jnp.ones((LENGTH, LENGTH), bool))
    return jax.nn.softmax(jnp.where(past, likeness, -jnp.inf)) @ value


def _feed_forward(block: Weights, states: jax.Array) -> jax.Array:
    """Two layers, at each place alone."""
    inner = jax.nn.relu(states @ block["inner"] + block["inner_shift"])
    return inner @ block["outer"] + block["outer_shift"]


def _normed(norm: Weights, states: jax.Array) -> jax.Array:
    """Layer normalisation (Ba et al. 2016)."""
    return jax.nn.standardize(states, epsilon=TINY) * norm["scale"] + norm["shift"]


def _loss(weights: Weights, batch: Batch, dropout: float, key: jax.Array) -> jax.Array:
    """The mean cross-entropy of the likes, each among all movies."""
    states = _states(weights, batch.movies, batch.half_stars, dropout, key)
    asked = states[batch.window, batch.place]
    scores = asked @ weights["movies"].T
    own = (asked * weights["movies"][batch.liked]).sum(axis=1)
    return (jax.nn.logsumexp(scores, axis=1) - own).mean()


@partial(jax.jit, donate_argnums=0)
def _step(adam: Adam, batch: Batch, dropout: float, learning_rate: float, key: jax.Array) -> Adam:
    """A step of AdamW (Loshchilov and Hutter 2019): all but shifts and scales decay."""
    gradient = jax.grad(_loss)(adam.weights, batch, dropout, key)
    steps = adam.steps + 1
    mean = jax.tree.map(partial(_decayed, MEAN_DECAY), adam.mean, gradient)
    squared = jax.tree.map(jnp.square, gradient)
    square = jax.tree.map(partial(_decayed, SQUARE_DECAY), adam.square, squared)
    unbiased = jnp.sqrt(1 - SQUARE_DECAY**steps) / (1 - MEAN_DECAY**steps)

    def moved(weight: jax.Array, mean: jax.Array, square: jax.Array) -> jax.Array:
        decay = WEIGHT_DECAY * weight if weight.ndim > 1 else 0.0
        return weight - learning_rate * (unbiased * mean / (jnp.sqrt(square) + TINY) + decay)

    return Adam(jax.tree.map(moved, adam.weights, mean, square), mean, square, steps)


def _decayed(decay: float, before: jax.Array, now: jax.Array) -> jax.Array:
    return decay * before + (1 - decay) * now


@jax.jit
def _scores(weights: Weights, read: jax.Array, place: jax.Array) -> jax.Array:
    """Scores after a place of one window of movies and half-stars, (2, LENGTH) to (movies,)."""
    states = _states(weights, read[:1], read[1:], 0.0, None)
    return weights["movies"] @ states[0, place]

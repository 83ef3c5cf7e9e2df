"""What each person's folded-in list must be, by what the topic says and the artefact alone.

A rating of at least 4 stars is a like, one of at most 2 a dislike. With Y the movies' factors, u
the unobserved weight, and w = 1 for a like and the dislike weight for a dislike, a person's vector
x solves

    (u·Σ h·yyᵀ + Σ w·yyᵀ + regularisation·(base likes + likes)·I) x = (1 + u)·Σ y,

the first sum over all movies, the second over likes and dislikes, the third over likes; h is a
movie's likes plus one to the popularity exponent, scaled so that Σ h·‖y‖² is Σ ‖y‖². To the columns
of x beyond the rank is added content agreement · a² · Σ v / n, the sum over the n likes, v those
columns of y, with a = Σ v·v' / (n · Σ v·v), the sum above over pairs of two likes. A movie's score
is x·y and its prior, times the first weight for fewer than 5 likes, the second for fewer than
20, else the third. The list has the hundred best movies that are neither rated nor dismissed;
nothing without a like. Movies that the model does not know count for nothing.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from harness.checker.state_types import DISMISSED, RETRACTED, History, RankedList

LENGTH = 100
LIKE_FROM, DISLIKE_UP_TO = 8, 4
SOME, MANY = 5, 20
PRECISION = 1e-4
SHOWN = 20


class Artefact(NamedTuple):
    """A version as it lies in its folder: the next offsets that it was trained up to, and how."""

    version: int
    snapshot: dict[int, int]
    parameters: dict[str, Any]
    arrays: dict[str, Any]


def artefact_in(folder: Path) -> Artefact:
    """The version in a folder."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    snapshot = {int(partition): offset for partition, offset in manifest["snapshot"].items()}
    arrays = {name: np.load(folder / f"{name}.npy") for name in manifest["sha256"]}
    return Artefact(manifest["version"], snapshot, manifest["parameters"], arrays)


class Scorer:
    """Scores by the equations above, each person's solved alone and in double precision."""

    def __init__(self, artefact: Artefact) -> None:
        """Read what is the same for everybody."""
        self.movies = artefact.arrays["movies"].tolist()
        self._p, self._prior = artefact.parameters, artefact.arrays["prior"]
        self._factors = artefact.arrays["factors"].astype(np.float64)
        held = (artefact.arrays["likes"] + 1.0) ** self._p.get("popularity_exponent", 0.0)
        lengths = (self._factors**2).sum(axis=1)
        held *= lengths.sum() / max(held @ lengths, 1e-30)
        self._gram = self._p["unobserved_weight"] * (self._factors.T * held) @ self._factors

    def scores(self, history: History) -> dict[int, float]:
        """Of all movies that the person's list may show; empty without a like."""
        known = {movie: row for row, movie in enumerate(self.movies) if movie in history.movies}
        states = {known[m]: state for m, (state, _) in history.movies.items() if m in known}
        likes = [row for row, state in states.items() if LIKE_FROM <= state <= 10]
        dislikes = [row for row, state in states.items() if 1 <= state <= DISLIKE_UP_TO]
        if not likes:
            return {}
        of_all = self._factors @ self._vector(likes, dislikes) + self._beta(likes) * self._prior
        masked = {row for row, state in states.items() if state != RETRACTED}
        every = enumerate(zip(self.movies, of_all.tolist(), strict=True))
        return {movie: score for row, (movie, score) in every if row not in masked}

    def _vector(self, likes: list[int], dislikes: list[int]) -> Any:
        liked, disliked = self._factors[likes], self._factors[dislikes]
        ridge = self._p["regularisation"] * (self._p["base_likes"] + len(likes))
        a = self._gram + liked.T @ liked + self._p["dislike_weight"] * disliked.T @ disliked
        pull = (1 + self._p["unobserved_weight"]) * liked.sum(axis=0)
        vector = np.linalg.solve(a + ridge * np.eye(len(a)), pull)
        if strength := self._p.get("content_agreement", 0.0):
            vector[self._p["rank"] :] += strength * _in_common(liked[:, self._p["rank"] :])
        return vector

    def _beta(self, likes: list[int]) -> float:
        weights = self._p["prior_weights"]
        return float(weights[(len(likes) >= SOME) + (len(likes) >= MANY)])


def _in_common(liked: Any) -> Any:
    """The mean of what is known of the likes, times the square of how far they agree in it."""
    products = liked @ liked.T
    alone = np.trace(products)
    agreement = (products.sum() - alone) / (len(liked) * alone) if alone else 0.0
    return agreement**2 * liked.mean(axis=0)


def wrong_lists(
    histories: Mapping[tuple[int, int], History],
    lists: Mapping[tuple[int, int], RankedList],
    artefact: Artefact,
) -> list[str]:
    """Every way in which lists are not what they must be.

    Args:
        histories: that follow from the topic, by partition and user.
        lists: that are there, likewise.
        artefact: the version that is active.
    """
    scorer = Scorer(artefact)
    lines = [f"list of user {user} in partition {p} is nobody's"
             for p, user in lists.keys() - histories.keys()]  # fmt: skip
    for (partition, user), history in histories.items():
        if has_changed((partition, user), history, artefact):
            found = _wrong(history, lists.get((partition, user)), artefact.version, scorer)
            lines += [f"list of user {user} {what}" for what in islice(found, SHOWN)]
    return lines


def has_changed(place: tuple[int, int], history: History, artefact: Artefact) -> bool:
    """Whether somebody, by partition and user, has said anything since the snapshot."""
    return history.next_offset > artefact.snapshot.get(place[0], 0)


def _wrong(
    history: History, have: RankedList | None, version: int, scorer: Scorer
) -> Iterator[str]:
    if have is None:
        yield "is missing"
        return
    if (have.version, have.next_offset) != (version, history.next_offset):
        yield (
            f"should be of version {version} and offset {history.next_offset}, "
            f"is of {have.version} and {have.next_offset}"
        )
    scores = scorer.scores(history)
    best = sorted(scores.values(), reverse=True)[:LENGTH]
    if len(have.entries) != len(best) or len({movie for movie, _ in have.entries}) != len(best):
        yield f"should have {len(best)} movies, has {len(have.entries)}"
    for place, ((movie, score), should) in enumerate(zip(have.entries, best, strict=False), 1):
        if not abs(score - should) <= PRECISION:  # nor is NaN right
            yield f"has {score:.5f} at place {place}, should have {should:.5f}"
        if not abs(score - scores.get(movie, np.inf)) <= PRECISION:
            yield f"gives movie {movie} {score:.5f}, should give {_said(scores, movie, history)}"


def _said(scores: Mapping[int, float], movie: int, history: History) -> str:
    if movie in scores:
        return f"{scores[movie]:.5f}"
    state, _ = history.movies.get(movie, (None, 0))
    said = "dismissed" if state == DISMISSED else "unknown" if state is None else "rated"
    return f"none: it is {said}"

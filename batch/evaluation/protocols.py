"""What protocols share, and those that judge everybody's list once: `random` and `last`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from batch.evaluation.contenders import Contenders
from batch.evaluation.errors import NoSuchSplit, NothingToJudge
from batch.evaluation.list_quality import judge
from batch.evaluation.splits import Splitter, at_cut, at_random, in_time, last_of_each
from batch.evaluation.star_error import star_error
from recommender.ratings import IndexedRatings, Split
from recommender.scorers import Factored
from recommender.taste_probes import moment, probe

OURS = "reelstream"
"""What batch trains, publishes and folds into."""
POPULAR, LATELY, COSINE = "popular", "popular-7-days", "item-cosine"

Values = NDArray[np.float64]
Report = Callable[[str], None]


@dataclass
class Outcome:
    """What a protocol found.

    Attributes:
        protocol: its name.
        people: how many users there are.
        sums: (group, metric) to model to what each user's cases sum to, shape (users,).
        counts: group to how many cases each user has, shape (users,).
        worth: likewise to what they are worth, where a metric does not count them alike.
        overall: model to metric to a value of each split: of all lists together, or of stars.
    """

    protocol: str
    people: int
    sums: dict[tuple[str, str], dict[str, Values]] = field(default_factory=dict)
    counts: dict[str, Values] = field(default_factory=dict)
    worth: dict[tuple[str, str], Values] = field(default_factory=dict)
    overall: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def count(self, group: str, users: NDArray[np.intp]) -> None:
        """Count cases of these users, indices, shape (n,)."""
        self.counts[group] = self.counts.get(group, self._nothing) + self._summed(users, None)

    def weigh(self, group: str, metric: str, users: NDArray[np.intp], worth: Values) -> None:
        """Have a metric divide by what these cases are worth, shape (n,), not by how many."""
        before = self.worth.get((group, metric), self._nothing)
        self.worth[group, metric] = before + self._summed(users, worth)

    def add(
        self, group: str, metric: str, model: str, users: NDArray[np.intp], values: Values
    ) -> None:
        """Add a model's values of cases of these users, shape (n,) each."""
        by_model = self.sums.setdefault((group, metric), {})
        by_model[model] = by_model.get(model, self._nothing) + self._summed(users, values)

    @property
    def _nothing(self) -> Values:
        return np.zeros(self.people)

    def _summed(self, users: NDArray[np.intp], values: Values | None) -> Values:
        return np.bincount(users, values, self.people).astype(np.float64)

    def divisor(self, group: str, metric: str) -> Values:
        """What each user's sum is divided by, shape (users,)."""
        return self.worth.get((group, metric), self.counts[group])

    @property
    def main_group(self) -> str:
        """The group that tables and pictures show first."""
        return next(iter(self.counts), "all")

    def note(self, model: str, metrics: Mapping[str, float]) -> None:
        """Keep a split's values that are not of single users."""
        kept = self.overall.setdefault(model, {})
        for name, value in metrics.items():
            kept.setdefault(name, []).append(value)


LineUp = Callable[[str], Contenders]
"""Who takes part in a split, by the split's name: hyper-parameters go with it."""


def split_of(name: str) -> Splitter:
    """The split of this name: `random-1` and so on, `last`, `prequential`, `cut-50` and so on.

    Raises:
        NoSuchSplit: for another name.
    """
    if name == "last":
        return last_of_each
    if name == "prequential":
        return in_time
    kind, _, number = name.partition("-")
    if kind == "random" and number.isdecimal():
        return at_random(int(number))
    if kind == "cut" and number.isdecimal() and 0 < int(number) < 100:
        return at_cut(int(number) / 100)
    raise NoSuchSplit(f"{name!r} is not one of random-SEED, last, prequential, cut-PERCENT")


def random_splits(seeds: int) -> list[str]:
    """Names of the first so many random splits."""
    return [f"random-{seed}" for seed in range(1, seeds + 1)]


def lists_protocol(
    protocol: str,
    names: list[str],
    ratings: IndexedRatings,
    genres: Sequence[Sequence[str]],
    line_up: LineUp,
    k: int,
    report: Report,
) -> Outcome:
    """Everybody's list against the held-out likes, over one split or several; and taste probes."""
    outcome = Outcome(protocol, len(ratings.user_ids))
    for name in names:
        split = judgeable(split_of(name)(ratings), name)
        outcome.count("all", np.unique(split.test.users[split.test.likes]))
        for model, contender in line_up(name).items():
            report(f"{name}: {model}")
            scorer = contender(split.train)
            judged = judge(scorer, split, k)
            for metric, values in judged.by_case.items():
                outcome.add("all", f"{metric}@{k}", model, judged.users, values)
            outcome.note(model, judged.overall)
            probes = probe(scorer, split.train, genres)
            if probes:
                outcome.note(model, {"probe": probes.share, "overlap": probes.overlap})
            if isinstance(scorer, Factored):
                outcome.note(model, star_error(scorer, split)._asdict())
                if (ratio := moment(scorer, split.train, genres, probes)) is not None:
                    outcome.note(model, {"moment": ratio})
    return outcome


def judgeable(split: Split, name: str) -> Split:
    """The split, if there is something to learn from and something to judge by.

    Raises:
        NothingToJudge: if a side of it is without a like.
    """
    for side, ratings in (("learn from", split.train), ("evaluate on", split.test)):
        if not ratings.likes.any():
            raise NothingToJudge(f"{name}: no likes to {side} among {len(ratings)} ratings")
    return split

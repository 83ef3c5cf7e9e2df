"""The three protocols: what is held out, who is evaluated, and by which metric."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from batch.evaluation.contenders import Contenders
from batch.evaluation.errors import NoSuchSplit, NothingToJudge
from batch.evaluation.list_quality import judge
from batch.evaluation.prequential_baselines import Frozen, LiveWeek
from batch.evaluation.splits import Splitter, at_random, in_time, last_of_each
from batch.evaluation.star_error import star_error
from recommender.prequential_models import (
    Live,
    LivePopular,
    PrequentialModel,
    PrequentialResult,
    run_prequential,
)
from recommender.ratings import Histories, IndexedRatings, Split
from recommender.scorers import Factored, Popular, Scorer, likes_of

OURS = "reelstream"
"""What batch trains, publishes and folds into."""
FROZEN, POPULAR, LATELY, COSINE = "frozen", "popular", "popular-7-days", "item-cosine"
DEEP_K = 100

Values = NDArray[np.float64]
Report = Callable[[str], None]


@dataclass
class Outcome:
    """What a protocol found.

    Attributes:
        protocol: its name.
        sums: (group, metric) to model to what each user's cases sum to, shape (users,).
        counts: group to how many cases each user has, shape (users,).
        overall: model to metric to a value of each split: of all lists together, or of stars.
    """

    protocol: str
    sums: dict[tuple[str, str], dict[str, Values]] = field(default_factory=dict)
    counts: dict[str, Values] = field(default_factory=dict)
    overall: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def add(self, group: str, metric: str, model: str, sums: Values) -> None:
        """Add cases of a split."""
        by_model = self.sums.setdefault((group, metric), {})
        by_model[model] = by_model.get(model, np.zeros_like(sums)) + sums

    def note(self, model: str, metrics: Mapping[str, float]) -> None:
        """Keep a split's values that are not of single users."""
        kept = self.overall.setdefault(model, {})
        for name, value in metrics.items():
            kept.setdefault(name, []).append(value)


LineUp = Callable[[str], Contenders]
"""Who takes part in a split, by the split's name: hyper-parameters go with it."""


def split_of(name: str) -> Splitter:
    """The split of this name: `random-1` and so on, `last`, `prequential`.

    Raises:
        NoSuchSplit: for another name.
    """
    if name == "last":
        return last_of_each
    if name == "prequential":
        return in_time
    kind, _, seed = name.partition("-")
    if kind != "random" or not seed.isdecimal():
        raise NoSuchSplit(f"{name!r} is not one of random-SEED, last, prequential")
    return at_random(int(seed))


def random_splits(seeds: int) -> list[str]:
    """Names of the first so many random splits."""
    return [f"random-{seed}" for seed in range(1, seeds + 1)]


def lists_protocol(
    protocol: str,
    names: list[str],
    ratings: IndexedRatings,
    line_up: LineUp,
    k: int,
    report: Report,
) -> Outcome:
    """Everybody's list against the held-out likes, over one split or several."""
    outcome = Outcome(protocol)
    people = len(ratings.user_ids)
    for name in names:
        split = judgeable(split_of(name)(ratings), name)
        judged_people = np.zeros(people)
        for model, contender in line_up(name).items():
            report(f"{name}: {model}")
            scorer = contender(split.train)
            judged = judge(scorer, split, k)
            for metric, values in judged.by_user.items():
                sums = np.zeros(people)
                sums[judged.users] = values
                outcome.add("all", f"{metric}@{k}", model, sums)
            outcome.note(model, judged.overall)
            if isinstance(scorer, Factored):
                outcome.note(model, star_error(scorer, split)._asdict())
            judged_people[judged.users] = 1
        outcome.counts["all"] = outcome.counts.get("all", np.zeros(people)) + judged_people
    return outcome


def prequential(ratings: IndexedRatings, line_up: LineUp, k: int, report: Report) -> Outcome:
    """The walk over the last fifth of all events."""
    split = judgeable(in_time(ratings), "prequential")
    contenders = line_up("prequential")
    scorers: dict[str, Scorer] = {}
    for model, contender in contenders.items():
        report(f"prequential: training {model}")
        scorers[model] = contender(split.train)
    report("prequential: scoring")
    outcome = _outcome(
        run_prequential(split, prequential_models(split, scorers)), len(ratings.user_ids), k
    )
    for model, scorer in scorers.items():
        if isinstance(scorer, Factored):
            outcome.note(model, star_error(scorer, split)._asdict())
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


def prequential_models(split: Split, scorers: Mapping[str, Scorer]) -> dict[str, PrequentialModel]:
    """Contenders in the walk: all that folds in does so live; ours is frozen, too."""
    at_cut = Popular(likes_of(split.train))
    found: dict[str, PrequentialModel] = {}
    for model, scorer in scorers.items():
        if model == POPULAR:
            found[model] = LivePopular(likes_of(split.train))
        elif model == LATELY:
            found[model] = LiveWeek.after(split.train)
        else:
            found[model] = Live(scorer, at_cut)
    if OURS in scorers:
        histories = Histories.in_(split.train)
        found[FROZEN] = Frozen(scorers[OURS], at_cut, histories)
    return found


def _outcome(result: PrequentialResult, people: int, k: int) -> Outcome:
    outcome = Outcome("prequential")
    for group, cases in groups(result).items():
        users = result.users[cases]
        outcome.counts[group] = np.bincount(users, minlength=people).astype(np.float64)
        for model, ranks in result.ranks.items():
            at = ranks[cases].astype(np.float64)
            hits = np.bincount(users, at < k, people).astype(np.float64)
            outcome.add(group, f"hit_rate@{k}", model, hits)
            rank = np.bincount(users, np.where(at < DEEP_K, 1 / (at + 1), 0), people)
            outcome.add(group, f"mrr@{DEEP_K}", model, rank.astype(np.float64))
    return outcome


def groups(result: PrequentialResult) -> dict[str, NDArray[np.bool_]]:
    """The walk's cases by who it is."""
    likes = result.prior_likes
    return {
        "all": np.ones(len(likes), bool),
        "known at the cut": result.known,
        "0 likes before": likes == 0,
        "1-4 likes before": (likes >= 1) & (likes < 5),
        "5-19 likes before": (likes >= 5) & (likes < 20),
        "20+ likes before": likes >= 20,
    }

"""What live fold-in gives to users that the model knows: `python -m bench.fold_in_known_users`.

At the cut of `bench.quality` there are few of them, too few to tell. So ml-latest-small (or
what REELSTREAM_DATA names) is cut at every twentieth from a fifth of its events to four fifths;
each time the served model learns what lies before and the fifth that follows is walked, by `batch
evaluate`'s prequential protocol. Reports the hit rate at ten of live lists and of frozen ones, for
those who had rated before the cut; the interval resamples users, of all cuts together. Parameters
are the defaults, which were chosen on the first four fifths: the ratio is told, and nothing claimed
of the rates. `--quick` has two cuts.
"""

import sys
from typing import Annotated, NamedTuple

import numpy as np
import typer
from numpy.typing import NDArray

from batch.evaluation.dataset import load
from batch.evaluation.prequential_baselines import Frozen
from batch.native_engine import Native
from batch.training import train
from bench.benchmark_report import AsJson, Figure, Keep, at_least, report
from contracts.hyper_parameters import Parameters
from contracts.settings import from_environment
from recommender.paired_bootstrap import quotient
from recommender.prequential_evaluation import run_prequential
from recommender.prequential_models import Live, PrequentialModel
from recommender.ratings import Histories, IndexedRatings, Split
from recommender.scorers import Factored, Popular, likes_of
from reelstream.demo_data import find

CUTS = tuple(range(20, 85, 5))
"""Percent of all events that lie before."""
QUICK_CUTS = (60, 80)
WALKED = 20
"""Percent of all events that are walked."""
TOP, TIMES, SEED = 10, 1.40, 1

Counts = NDArray[np.float64]


class Known(NamedTuple):
    """Of one cut: cases, and hits of live and of frozen lists, by user, shape (users,) each."""

    cases: Counts
    live: Counts
    frozen: Counts


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Two cuts.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Walk behind many cuts."""
    ratings = load(find(from_environment().data))
    found: dict[int, Known] = {}
    for percent in QUICK_CUTS if quick else CUTS:
        sys.stderr.write(f"{percent} %\n")
        found[percent] = known(cut(ratings, percent))
    report("fold_in_known_users", figures(found), as_json, keep)


def cut(ratings: IndexedRatings, percent: int) -> Split:
    """What lies before, and what follows; a second is on one side."""
    count = len(ratings)
    first = ratings.at_s[count * percent // 100]
    last = ratings.at_s[min(count * (percent + WALKED) // 100, count - 1)]
    held = (ratings.at_s >= first) & (ratings.at_s <= last)
    return Split(ratings.where(ratings.at_s < first), ratings.where(held))


def known(split: Split) -> Known:
    """The walk of one cut, as far as its users were known."""
    scorer = Factored(train(split.train.rated(), Parameters(), Native(2)), split.train.movie_ids)
    popular, histories = Popular(likes_of(split.train)), Histories.in_(split.train)
    contenders: dict[str, PrequentialModel] = {
        "live": Live(scorer, popular),
        "frozen": Frozen(scorer, popular, histories),
    }
    result = run_prequential(split, contenders)
    users, cases = np.unique(result.users[result.known], return_inverse=True)

    def hits(name: str) -> Counts:
        among = result.ranks[name][result.known] < TOP
        return np.bincount(cases, among, len(users)).astype(np.float64)

    return Known(np.bincount(cases).astype(np.float64), hits("live"), hits("frozen"))


def figures(found: dict[int, Known]) -> list[Figure]:
    """Each cut, and all of them together."""
    rows = [
        Figure(f"{percent} % before: live / frozen", ratio(one), "", "", None)
        for percent, one in found.items()
    ]
    every = Known(*(np.concatenate(columns) for columns in zip(*found.values(), strict=True)))
    whole = quotient(every.live, every.frozen, SEED)
    return [
        *rows,
        Figure("users, of all cuts", len(every.cases), "", "", None),
        Figure("first-time likes, of all cuts", int(every.cases.sum()), "", "", None),
        at_least("all cuts: live / frozen", round(whole.value, 2), "", TIMES),
        Figure("all cuts: from", round(whole.low, 2), "", "", None),
        Figure("all cuts: to", round(whole.high, 2), "", "", None),
    ]


def ratio(one: Known) -> float:
    """Hits of live lists beside those of frozen ones."""
    return round(float(one.live.sum() / max(1.0, one.frozen.sum())), 2)


if __name__ == "__main__":
    typer.run(main)

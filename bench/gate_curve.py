"""How often the gate publishes challengers, by pooled likes: `python -m bench.gate_curve`.

A model learns the older half of ml-latest-small (or of what REELSTREAM_DATA names), and so does an
honest challenger, the same from another seed; both walk through the newer half. Streams of people
are drawn from those with replacement, and the gate looks at each after so many likes, as it does
after each retrain. A challenger that is 2, 5 or 10 % worse loses that share of its hits, by chance.
`--quick` draws a few streams.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, NamedTuple

import numpy as np
import typer
from msgspec.structs import replace
from numpy.typing import NDArray
from rich.progress import track

from batch.evaluation.dataset import load, load_content
from batch.evaluation.splits import at_cut
from batch.model_comparison import walked
from batch.native_engine import Native
from batch.promotion_gate import CHALLENGER, CHAMPION, POPULAR, Hits, K, beside_champion
from batch.training import train
from bench.benchmark_report import AsJson, Figure, Keep, at_least, at_most, report
from contracts.hyper_parameters import Parameters
from contracts.retrain_log_entries import Outcome
from contracts.settings import from_environment
from recommender.prequential_evaluation import PrequentialResult
from reelstream.demo_data import find

STREAMS, QUICK_STREAMS = 200, 10
LOOKS = (*range(500, 4_000, 500), *range(4_000, 16_001, 1_000))
QUICK_LOOKS = (500, 4_000)
CUT, QUICK_CUT = 0.5, 0.9
"""Of the ratings: those that are learned."""
SHOWN = (500, 1_000, 2_000, 4_000, 8_000, 16_000)
WORSE = (0.0, 0.02, 0.05, 0.10)
HONEST, FALSE = 0.9, 0.1
"""Of honest ones, those that should be published in the end; of the worst, at most."""
ENGINE, SEED = Native(2), 1


class Likes(NamedTuple):
    """Likes in the order in which they come: whose, and whether each contender hit them."""

    users: NDArray[np.intp]
    hit: dict[str, NDArray[np.bool_]]


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Few streams.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Draw streams, and let the gate look."""
    likes = judged_likes(QUICK_CUT if quick else CUT)
    streams, looks = (QUICK_STREAMS, QUICK_LOOKS) if quick else (STREAMS, LOOKS)
    rows = [Figure("likes, of real people", len(likes.users), "", "", None)]
    for worse in WORSE:
        ends = [
            decided(stream(likes, worse, looks[-1], seed), looks)
            for seed in track(range(streams), f"{worse:.0%} worse")
        ]
        rows += figures(worse, ends, [look for look in SHOWN if look in looks])
    report("gate_curve", rows, as_json, keep)


def judged_likes(cut: float) -> Likes:
    """What both models hit of what comes after the cut."""
    data = find(from_environment().data)
    split, describe = at_cut(cut)(load(data)), load_content(data)
    rated = split.train.rated()
    champion, challenger = (
        train(rated, replace(Parameters(), seed=seed), ENGINE, describe=describe) for seed in (1, 2)
    )
    return hit_or_missed(walked(split, challenger, champion))


def hit_or_missed(result: PrequentialResult) -> Likes:
    """Of each like, who hit it."""
    return Likes(result.users, {name: at < K for name, at in result.ranks.items()})


def stream(likes: Likes, worse: float, count: int, seed: int) -> Likes:
    """So many likes, of people who are drawn with replacement and come one after the other."""
    random = np.random.default_rng(seed)
    order = np.argsort(likes.users, kind="stable")
    rows = np.split(order, np.flatnonzero(np.diff(likes.users[order])) + 1)
    drawn: list[NDArray[np.intp]] = []
    while sum(map(len, drawn)) < count:
        drawn.append(rows[random.integers(len(rows))])
    at = np.concatenate(drawn)
    people = np.repeat(np.arange(len(drawn)), [len(one) for one in drawn])
    hit = {name: column[at] for name, column in likes.hit.items()}
    hit[CHALLENGER] = hit[CHALLENGER] & (random.random(len(at)) >= worse)
    return Likes(people, hit)


def decided(likes: Likes, looks: Sequence[int]) -> tuple[Outcome, int]:
    """What the gate says at last, and after how many likes."""
    for look in looks:
        verdict = beside_champion(hits_of(likes, look))
        if verdict.outcome is not Outcome.insufficient:
            return verdict.outcome, look
    return Outcome.insufficient, looks[-1]


def hits_of(likes: Likes, count: int) -> Hits:
    """The first so many likes, by person."""
    users = likes.users[:count]
    by = {
        name: np.bincount(users, likes.hit[name][:count]).astype(np.float64)
        for name in (CHALLENGER, CHAMPION, POPULAR)
    }
    return Hits(np.bincount(users).astype(np.float64), by, np.arange(users[-1] + 1, dtype=np.int32))


def figures(
    worse: float, ends: Sequence[tuple[Outcome, int]], shown: Sequence[int]
) -> Iterator[Figure]:
    """The share that is published after so many likes, and the share that is refused."""
    who = f"{worse:.0%} worse" if worse else "honest"
    for look in shown:
        share = sum(how is Outcome.promoted and at <= look for how, at in ends) / len(ends)
        what = f"{who}: published after {look:,} likes at most"
        if look == shown[-1] and not worse:
            yield at_least(what, round(share, 3), "", HONEST)
        elif look == shown[-1] and worse == max(WORSE):
            yield at_most(what, round(share, 3), "", FALSE)
        else:
            yield Figure(what, round(share, 3), "", "", None)
    refused = sum(how is Outcome.refused for how, _ in ends) / len(ends)
    yield Figure(
        f"{who}: refused after {shown[-1]:,} likes at most", round(refused, 3), "", "", None
    )


if __name__ == "__main__":
    typer.run(main)

"""The effect of attacks on the ratings on other users' lists: `python -m bench.poisoning`.

Made-up users (`harness/batch/poisoning_attacks.py`) push five movies that are in nobody's top ten
into ml-latest-small (or what REELSTREAM_DATA names) and into generated ratings. Counted are the
places that these movies get in genuine users' top tens, with and without the screen before
training. `--quick` is fewer attacks.

The fit itself resists a small attack on a small data set: every movie's vector is held to 0 as if
by 179 likes. So ml-latest-small is attacked by a fifth of its users as well.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import typer

from batch.evaluation.dataset import load
from batch.evaluation.holdout_protocol import lists_protocol
from batch.evaluation.judging_libraries import judging_tools
from batch.evaluation.named_splits import random_splits
from batch.evaluation.result_rows import measured
from batch.training import screened
from bench.benchmark_report import AsJson, Figure, Keep, at_least, at_most, report
from bench.poisoning_lists import Genuine, K, attacked_lists, fitted, listed
from contracts.settings import from_environment
from harness.batch.poisoning_attacks import HOUR_MS, Kind
from producer.generate import Shape, generate
from recommender.ratings import IndexedRatings
from recommender.top_list_surges import BELOW, jumped
from reelstream.demo_data import find

LEFT, FLAGGED, KEPT = 0.2, 0.01, 0.99
"""Of the slots without a screen; of genuine users; of NDCG@10 without an attack."""
MATTERS = 0.005
"""Of all slots: an attack that takes fewer has not got through."""
PROMISED = (Kind.average, Kind.bandwagon)
FORTNIGHT_MS = 14 * 24 * HOUR_MS
SHAPE = Shape(users=3000, movies=2000, ratings=300_000, seed=1)
CUTS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
PLAIN, SCREENED = "without the screen", "with the screen"


class Case(NamedTuple):
    """A kind of attack: how strong, how often made, within which times; promised to be stopped."""

    kind: Kind
    share: float
    seeds: int = 3
    times: tuple[int, ...] = (HOUR_MS, FORTNIGHT_MS)
    promised: bool = True


REAL, GENERATED = "ml-latest-small", "generated"
WEAK = [Case(kind, 0.01, 1) for kind in PROMISED]
CASES = [*WEAK, *(Case(kind, share) for kind in PROMISED for share in (0.03, 0.05))]
STRONG = [Case(kind, 0.2) for kind in PROMISED]
BEYOND = [
    Case(kind, share, 1, promised=False)
    for kind in (Kind.likely, Kind.single)
    for share in (0.05, 0.2)
]
FULL = {REAL: [*CASES, *STRONG, *BEYOND], GENERATED: [*CASES, *BEYOND]}
QUICK = {
    REAL: [Case(Kind.average, 0.2, 1, (HOUR_MS,))],
    GENERATED: [Case(Kind.average, 0.05, 1, (HOUR_MS,))],
}


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Fewer attacks, one split.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Attack lists, with and without the screen."""
    with judging_tools(), tempfile.TemporaryDirectory() as folder:
        generate(Path(folder) / "made", SHAPE, lambda _: None)
        real, drawn = load(find(from_environment().data)), load(Path(folder) / "made")
        rows = [*quality(real, 1 if quick else 5), *retrains(real, CUTS[-2:] if quick else CUTS)]
        for name, ratings in ((REAL, real), (GENERATED, drawn)):
            genuine = Genuine(ratings)
            rows += unharmed(name, genuine)
            for case in (QUICK if quick else FULL)[name]:
                rows += attacked(name, genuine, case)
    report("poisoning", rows, as_json, keep)


def quality(ratings: IndexedRatings, seeds: int) -> Iterator[Figure]:
    """What the screen costs where nobody attacks, by the random splits and the defaults."""
    taking_part = {
        name: partial(fitted, screening=screening)
        for name, screening in ((PLAIN, False), (SCREENED, True))
    }
    splits, genres = random_splits(seeds), [()] * len(ratings.movie_ids)
    outcome = lists_protocol("random", splits, ratings, genres, lambda _: taking_part, K, say)
    found = {(row.metric, row.model): row.value for row in measured(outcome)}
    for metric in (f"ndcg@{K}", "rmse"):
        for model in (PLAIN, SCREENED):
            yield Figure(f"random, {metric} {model}", rounded(found[metric, model]), "", "", None)
    ratio = found[f"ndcg@{K}", SCREENED] / found[f"ndcg@{K}", PLAIN]
    yield at_least(f"random, ndcg@{K}: with the screen / without", rounded(ratio), "", KEPT)


def retrains(ratings: IndexedRatings, cuts: Sequence[float]) -> Iterator[Figure]:
    """How often honest retrains look like an attack: screened, on the first so many of the ratings.

    The panel are users whose histories are the same in both.
    """
    fires = 0
    for some, more in pairwise(cuts):
        before, after = (ratings.where(slice(0, int(part * len(ratings)))) for part in (some, more))
        sizes = [np.bincount(one.users, minlength=len(ratings.user_ids)) for one in (before, after)]
        panel = np.flatnonzero((sizes[0] == sizes[1]) & (sizes[0] > 0))
        was, now = listed(before, panel, True), listed(after, panel, True)
        found = len(jumped(was, now, len(panel)))
        fires += found > 0
        rise = int(now[was < BELOW * len(panel)].max())
        what = f"{REAL}, from {some:.0%} of the ratings to {more:.0%}"
        yield Figure(f"{what}: panel", len(panel), "users", "", None)
        yield Figure(f"{what}: largest rise from below 0.2 %", rise, "lists", "", None)
        yield Figure(f"{what}: jumps", found, "", "", None)
    yield at_most(f"{REAL}: honest retrains seen as a jump", fires, "", 0)


def unharmed(name: str, genuine: Genuine) -> Iterator[Figure]:
    """Who is listed where nobody attacks."""
    suspects = screened(genuine.ratings.rated()).suspects
    share = rounded(len(suspects) / len(genuine.users))
    yield at_most(f"{name}, no attack: genuine users listed", share, "", FLAGGED)


def attacked(name: str, genuine: Genuine, case: Case) -> Iterator[Figure]:
    """An attack, summed over its times and seeds."""
    kind, share, seeds, times, promised = case
    each = [attacked_lists(genuine, kind, share, ms, seed) for ms in times for seed in range(seeds)]
    what, all_slots = f"{name}, {kind}, {share:.0%}", len(genuine.users) * K
    plain, left = sum(one.plain.slots for one in each), sum(one.screened.slots for one in each)
    yield Figure(f"{what}: attacks", len(each), "", "", None)
    yield Figure(f"{what}: slots {PLAIN}", plain, "", "", None)
    yield Figure(f"{what}: of all slots", rounded(plain / all_slots / len(each)), "", "", None)
    target = at_most(f"{what}: slots {SCREENED}", left, "", int(LEFT * plain))
    yield target if promised else plainly(target)
    found = rounded(sum(one.found for one in each) / len(each))
    yield Figure(f"{what}: attackers listed", found, "", "", None)
    wrongly = rounded(max(one.wrongly for one in each))
    yield at_most(f"{what}: genuine users listed, at most", wrongly, "", FLAGGED)
    for how, became in (
        (PLAIN, [one.plain for one in each]),
        (SCREENED, [one.screened for one in each]),
    ):
        through = [one.jumps for one in became if one.slots > MATTERS * all_slots]
        if through:
            yield Figure(f"{what}: attacks that get through {how}", len(through), "", "", None)
            seen = at_least(f"{what}: of those, seen as a jump", sum(through), "", len(through))
            yield seen if promised else plainly(seen)


def plainly(one: Figure) -> Figure:
    """The figure of what nobody promised."""
    return Figure(one.figure, one.value, one.unit, "", None)


def say(what: str) -> None:
    """Tell people what is being done."""
    sys.stderr.write(f"{what}\n")


def rounded(value: float) -> float:
    """Four digits: more would say nothing."""
    return round(value, 4)


if __name__ == "__main__":
    typer.run(main)

"""How many honest retrains the gate publishes: `python -m bench.honest_retrains`.

The ratings of ml-latest-small (or what REELSTREAM_DATA names) come in time order, as the demo
replays them; from half of them on, a retrain with the same hyper-parameters is asked for each time
that a 200th of them is new. Nothing is wrong with any, so that each refusal is one too many.
`--quick` asks for three.
"""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer
from rich.progress import track

from batch.champion import Champion
from batch.evaluation.dataset import load, load_content
from batch.judge_challenger import Retraining
from batch.native_engine import Native
from batch.snapshot import Snapshot, merged
from batch.training import Describe, Trained, train_screened
from bench.benchmark_report import AsJson, Figure, Keep, at_least, report
from contracts.artefact import Manifest
from contracts.hyper_parameters import Parameters
from contracts.retrain_log_entries import Outcome
from contracts.settings import from_environment
from contracts.topics import Identity
from event_log import Events
from recommender.ratings import IndexedRatings, Ratings
from reelstream.demo_data import find

RETRAINS, QUICK = 100, 3
FROM, STEP = 0.5, 0.005
"""Of all ratings: those of the first model, and those that are new at each retrain."""
PUBLISHED = 0.9
TOPIC = Identity("bench", "ratings", 1)


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Three retrains.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Retrain a model of a growing log again and again."""
    data = find(from_environment().data)
    events, describe = events_of(load(data)), load_content(data)
    count = QUICK if quick else RETRAINS
    outcomes = decided(events, describe, count)
    published = outcomes[Outcome.refreshed] + outcomes[Outcome.promoted]
    rows = [
        at_least(f"of {count} honest retrains, published", published, "", PUBLISHED * count),
        *(Figure(f"retrains {how}", often, "", "", None) for how, often in outcomes.items()),
    ]
    report("honest_retrains", rows, as_json, keep)


def events_of(ratings: IndexedRatings) -> Events:
    """These ratings, as a log of one partition has them."""
    count, at_ms = len(ratings), ratings.at_s * 1000
    return Events(
        partition=np.zeros(count, np.int32),
        offset=np.arange(count),
        timestamp_ms=at_ms,
        user_id=ratings.user_ids[ratings.users],
        movie_id=ratings.movie_ids[ratings.movies],
        state=ratings.half_stars,
        rated_at_ms=at_ms,
    )


def decided(events: Events, describe: Describe, count: int) -> Counter[Outcome]:
    """How so many retrains end."""
    engine, parameters = Native(2), Parameters()

    def fit(rated: Ratings, tried: Parameters) -> Trained:
        return train_screened(rated, tried, engine, describe)

    first = int(len(events.offset) * FROM)
    learned = merged(events.below({0: first}), {0: first})
    champion = live(learned, fit(learned.rated, parameters))
    outcomes: Counter[Outcome] = Counter()
    with TemporaryDirectory() as folder:
        retraining = Retraining(fit, parameters, lambda _: True, describe, Path(folder), quiet)
        for number in track(range(1, count + 1), "retraining"):
            upto = first + int(number * STEP * len(events.offset))
            log = events.below({0: upto})
            snapshot = merged(log, {0: upto})
            done = retraining.run(log, snapshot, champion, by_hand=False)
            outcomes[done.verdict.outcome] += 1
            if done.trained and done.verdict.passed:
                champion = live(snapshot, done.trained)
    return outcomes


def quiet(step: str) -> None:
    """Steps of a retrain are not shown."""


def live(learned: Snapshot, trained: Trained) -> Champion:
    """What is published, as the next retrain finds it."""
    made_of = dict(learned.offsets)
    parameters = trained.model.parameters
    manifest = Manifest(1, TOPIC, made_of, parameters, {}, "", "", 0, {})
    return Champion(manifest, trained.model, learned)


if __name__ == "__main__":
    typer.run(main)

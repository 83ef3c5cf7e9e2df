"""Two hundred attempts to publish what must not be: `python -m bench.attempts`.

A good version is live in a Redis of its own. Worse challengers, numbers that are none, half-written
artefacts and manifests of other versions go through the trainer and through rollbacks
(`tests/batch/attempts.py`). Then generated ratings are attacked by 3 and 5 % of their users
(`tests/batch/attacks.py`), and retrained on: such a retrain is contained if it is refused, or if
the pushed movies get no more than a fifth of the places in genuine users' top tens that they would
get without the screen. `--quick` has ten.
"""

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from batch.evaluation.dataset import load
from batch.native import Native
from batch.panel import TEN
from batch.snapshot import merged
from batch.training import Rated, Trained, train, train_screened
from bench.figures import AsJson, Figure, Keep, at_most, report
from bench.stage import own_redis
from contracts import artefact, eventlog
from contracts.artefact import Model, Parameters
from contracts.eventlog import Events, Place
from producer.generate import Shape, generate
from recommender.bulk import ranked_lists
from recommender.folding import Folder
from tests.batch.attacks import Attack, Ids, Kind, little_known
from tests.batch.attempts import ATTEMPTS, prepared
from tests.batch.crowd import rows
from tests.batch.retrainer import Retrainer, retrainer

EACH, QUICK_EACH = 45, 2
"""Attempts of each kind."""
SHARES = (0.03, 0.05)
ATTACKS, QUICK_ATTACKS = 10, 1
"""Of each share."""
LEFT = 0.2
SHAPE = Shape(users=3000, movies=2000, ratings=300_000, seed=1)
PARAMETERS = Parameters(explicit_rank=8, explicit_iterations=3)
LANDED_MS = 1_763_632_800_000


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Ten attempts.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Try to publish what must not be published."""
    each, attacks = (QUICK_EACH, QUICK_ATTACKS) if quick else (EACH, ATTACKS)
    with tempfile.TemporaryDirectory() as name, own_redis(Path(name)) as url:
        folder = Path(name)
        found = [*planted(folder, url, each), *poisoned(folder, url, attacks)]
    whole = each * len(ATTEMPTS) + attacks * len(SHARES)
    report("attempts", [Figure("attempts", whole, "", "", None), *found], as_json, keep)


def planted(folder: Path, url: str, each: int) -> list[Figure]:
    """How many attempts of each kind end in another version."""
    batch = retrainer(url, Place.of(str(folder / "log")), folder / "models")
    prepared(batch)
    found = []
    for name, attempt in ATTEMPTS.items():
        sys.stderr.write(f"{name}\n")
        published = sum(attempt(batch, seed) for seed in range(each))
        found.append(Figure(f"{name}: attempts", each, "", "", None))
        found.append(at_most(f"{name}: published", published, "", 0))
    return found


def poisoned(folder: Path, url: str, attacks: int) -> list[Figure]:
    """How many attacks on the ratings get through."""
    generate(folder / "set", SHAPE, lambda _: None)
    genuine = load(folder / "set").rated()
    genuine = genuine.where(np.argsort(genuine.rated_at_ms, kind="stable"))
    found = []
    for share in SHARES:
        sys.stderr.write(f"attacks by {share:.0%}\n")
        ended = [attacked(folder, url, genuine, share, seed) for seed in range(attacks)]
        refused, slots, undefended = (sum(column) for column in zip(*ended, strict=True))
        through = sum(pushed > LEFT * plain for _, pushed, plain in ended)
        what = f"average attack by {share:.0%} of users"
        found += [
            Figure(f"{what}: attempts", attacks, "", "", None),
            Figure(f"{what}: refused", refused, "", "", None),
            Figure(f"{what}: places of pushed movies without the screen", undefended, "", "", None),
            Figure(f"{what}: places of pushed movies", slots, "", "", None),
            at_most(f"{what}: neither refused nor contained", through, "", 0),
        ]
    return found


def attacked(
    folder: Path, url: str, genuine: Rated, share: float, seed: int
) -> tuple[bool, int, int]:
    """Whether the retrain after an attack is refused; places pushed; places without the screen."""
    where = folder / f"{share:g}-{seed}"
    batch = retrainer(url, Place.of(str(where / "log")), where / "models")
    batch.parameters, batch.fit = PARAMETERS, fit
    targets = little_known(genuine, seed)
    land(batch, genuine, 0)
    live = batch.retrain()
    attack = Attack(Kind.average, share, seed=seed).on(genuine, targets).rated
    land(batch, attack.where(slice(len(genuine.user_id), None)), len(genuine.user_id))
    decision = batch.retrain()
    if live.version is None:
        raise RuntimeError(f"the genuine ratings: {live.reason}")
    plain = places(train(attack, PARAMETERS, Native(2)), genuine, targets)
    if decision.version is None:
        return True, 0, plain
    manifest, arrays = artefact.load(batch.publisher.artefacts, decision.version)
    served = artefact.model_from(arrays, manifest.parameters)
    return False, places(served, genuine, targets), plain


def fit(rated: Rated) -> Trained:
    """As batch does."""
    return train_screened(rated, PARAMETERS, Native(2))


def land(batch: Retrainer, rated: Rated, first: int) -> None:
    """Let ratings land, in their order, from an offset on."""
    eventlog.land(batch.event_log, 0, [rows(events_of(rated, first))])


def events_of(rated: Rated, first: int) -> Events:
    """The events that these ratings are."""
    offsets = np.arange(first, first + len(rated.user_id))
    partition = np.zeros(len(offsets), np.int32)
    ids = rated.user_id, rated.movie_id, rated.half_stars
    return Events(partition, offsets, LANDED_MS + offsets, *ids, rated.rated_at_ms)


def places(model: Model, genuine: Rated, targets: Ids) -> int:
    """How many places the targets have in genuine users' top tens."""
    sayings = merged(events_of(genuine, 0), {}).sayings
    lists = ranked_lists(Folder(model), sayings, TEN)
    return sum(int(np.isin(one.movies, targets).sum()) for one in lists)


if __name__ == "__main__":
    typer.run(main)

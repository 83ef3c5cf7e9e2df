"""Retrains on attacked ratings, for `bench.forbidden_publishes`: refused, contained or neither."""

import sys
from pathlib import Path

import numpy as np

import event_log
from batch.evaluation.dataset import load
from batch.list_churn import TEN
from batch.native_engine import Native
from batch.snapshot import merged
from batch.training import Trained, train, train_screened
from bench.benchmark_report import Figure, at_most
from contracts import artefact
from contracts.artefact import Model
from contracts.hyper_parameters import Parameters
from event_log import Events, Storage
from harness.batch.poisoning_attacks import Attack, Ids, Kind, little_known
from harness.batch.retrain_rig import Retrainer, retrainer
from harness.batch.synthetic_users import rows
from producer.generate import Shape, generate
from recommender.bulk_lists import ranked_lists
from recommender.fold_in import Folder
from recommender.ratings import Ratings

SHARES = (0.03, 0.05)
LEFT = 0.2
SHAPE = Shape(users=3000, movies=2000, ratings=300_000, seed=1)
PARAMETERS = Parameters()
LANDED_MS = 1_763_632_800_000


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
    folder: Path, url: str, genuine: Ratings, share: float, seed: int
) -> tuple[bool, int, int]:
    """Whether the retrain after an attack is refused; places pushed; places without the screen."""
    where = folder / f"{share:g}-{seed}"
    batch = retrainer(url, Storage.of(str(where / "log")), where / "models")
    batch.parameters, batch.fit = PARAMETERS, fit
    targets = little_known(genuine, seed)
    land(batch, genuine, 0)
    live = batch.retrain()
    attack = Attack(Kind.average, share, seed=seed).on(genuine, targets).rated
    land(batch, attack.where(slice(len(genuine.user_id), None)), len(genuine.user_id))
    decision = batch.retrain()
    if live.version is None:
        raise RuntimeError(f"the genuine ratings: {live.reason}")
    plain = slots_won(train(attack, PARAMETERS, Native(2)), genuine, targets)
    if decision.version is None:
        return True, 0, plain
    manifest, arrays = artefact.load(batch.publisher.artefacts, decision.version)
    served = artefact.model_from(arrays, manifest.parameters)
    return False, slots_won(served, genuine, targets), plain


def fit(rated: Ratings) -> Trained:
    """As batch does."""
    return train_screened(rated, PARAMETERS, Native(2))


def land(batch: Retrainer, rated: Ratings, first: int) -> None:
    """Let ratings land, in their order, from an offset on."""
    event_log.land(batch.event_log, 0, [rows(events_of(rated, first))])


def events_of(rated: Ratings, first: int) -> Events:
    """The events that these ratings are."""
    offsets = np.arange(first, first + len(rated.user_id))
    partition = np.zeros(len(offsets), np.int32)
    ids = rated.user_id, rated.movie_id, rated.half_stars
    return Events(partition, offsets, LANDED_MS + offsets, *ids, rated.rated_at_ms)


def slots_won(model: Model, genuine: Ratings, targets: Ids) -> int:
    """How many places the targets have in genuine users' top tens."""
    histories = merged(events_of(genuine, 0), {}).history_batch
    lists = ranked_lists(Folder(model), histories, TEN)
    return sum(int(np.isin(one.movies, targets).sum()) for one in lists)

"""A retrain of people of two tastes, beside a live version or without one."""

import dataclasses
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from batch.champion import Champion
from batch.judge_challenger import Retrained, Retraining
from batch.snapshot import merged
from batch.training import Describe, nothing_known
from contracts.artefact import Manifest
from contracts.hyper_parameters import Parameters
from event_log import Events
from harness.batch.degraded_models import PARAMETERS, Fit, fit
from harness.batch.synthetic_users import TOPIC
from harness.builders import AT_MS
from recommender.similar_movies import Content


def champion(events: Events, made: Fit = fit, parameters: Parameters = PARAMETERS) -> Champion:
    """A live version of these events."""
    snapshot = {0: len(events.offset)}
    learned = merged(events, snapshot)
    model = made(learned.rated).model
    manifest = Manifest(1, TOPIC, snapshot, parameters, {}, "", "", AT_MS, {})
    return Champion(manifest, model, learned)


def retrained(
    events: Events,
    live: Champion | None,
    made: Fit = fit,
    parameters: Parameters = PARAMETERS,
    by_hand: bool = False,
    describe: Describe = nothing_known,
    artefacts: Path | None = None,
    *,
    can_fit: bool = False,
) -> Retrained:
    with TemporaryDirectory() as fresh:
        retraining = Retraining(
            lambda rated, _: made(rated),
            parameters,
            lambda _: can_fit,
            describe,
            artefacts or Path(fresh),
            lambda step: None,
        )
        return retraining.run(events, merged(events, {}), live, by_hand)


OTHERS = Parameters(rank=5)


def of_two_genres(movies: np.ndarray) -> Content:
    """What people love together is of one genre."""
    genres = [("Horror",) if movie % 2 else ("Comedy",) for movie in movies.tolist()]
    return dataclasses.replace(Content.unknown(len(movies)), genres=genres)

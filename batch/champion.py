"""The champion as a reference: it must have learned from the log that it claims."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from batch.snapshot import Snapshot, merged
from contracts import artefact
from contracts.artefact import Manifest, Model
from contracts.topics import Identity
from event_log import Events


class Champion(NamedTuple):
    """The live model, and what stood below its snapshot."""

    manifest: Manifest
    model: Model
    learned: Snapshot


class NoReference(RuntimeError):
    """A live version that nothing can be compared with."""


def champion(artefacts: Path, version: int, topic: Identity, events: Events) -> Champion:
    """The version, if it learned just what stands below its snapshot.

    One that was made of later events, the held-out ones among them, knows what it is asked.

    Args:
        artefacts: where versions lie.
        version: the live one.
        topic: whose the events are.
        events: of the log, beyond the version's snapshot too.

    Raises:
        BrokenArtefact: if the artefact is not whole.
        NoReference: if it is of another topic, or made of other ratings.
    """
    manifest, arrays = artefact.load(artefacts, version)
    model = artefact.model_from(arrays, manifest.parameters)
    if manifest.topic != topic:
        raise NoReference(f"version {version} belongs to {manifest.topic}, the log to {topic}")
    learned = merged(events.below(manifest.snapshot), manifest.snapshot)
    movies, ratings = np.unique(learned.rated.movie_id, return_counts=True)
    if not (np.array_equal(movies, model.movies) and np.array_equal(ratings, model.ratings)):
        counts = f"{model.ratings.sum()}, but its snapshot has {ratings.sum()}"
        raise NoReference(f"version {version} was trained on other ratings: {counts}")
    return Champion(manifest, model, learned)

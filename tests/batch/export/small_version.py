"""A version with its artefact, event log and catalogue: three users, twelve movies."""

from pathlib import Path

from batch.export.export_version import ExportSources
from contracts import artefact, catalogue
from contracts.artefact import Manifest
from contracts.catalogue import Catalogue, Movie
from contracts.events import Event
from contracts.topics import Identity
from event_log import Storage, claim, land
from harness.builders import AT_MS, PARTITIONS, dismissed, log_rows, model, rated, retracted

IDENTITY = Identity("cluster", "topic", PARTITIONS)
EVENTS: dict[int, list[Event]] = {
    1: [
        rated(7, 10, 10),
        rated(7, 20, 3),
        rated(8, 30, 2),
        rated(7, 20, 9, AT_MS + 1500),
        dismissed(7, 120),
    ],
    2: [rated(9, 110, 8), rated(9, 10, 7), retracted(9, 10, AT_MS + 1), rated(9, 120, 10)],
}
"""By partition. User 8 has no like; the last event is past the snapshot."""
SNAPSHOT = {1: 5, 2: 3}
TITLES = {10: "Heat", 20: '"Up", they said; ¡olé!', 30: "=SUM(1)", 999: "Unseen"}


def movie(movie_id: int, title: str) -> Movie:
    return Movie(movie_id, title, 1995, ("Crime", "Drama"), f"tt{movie_id}", movie_id + 1, 3)


def kept(folder: Path, version: int = 4) -> ExportSources:
    """All of it in a state folder."""
    one = model()
    one.ratings[:] = [9, 4, *[9] * 10]
    found = ExportSources(
        folder / "models", Storage.of(str(folder / "event-log")), folder / "catalogue.json"
    )
    manifest = Manifest(
        version, IDENTITY, SNAPSHOT, one.parameters, {}, "promoted", "0.1.0", AT_MS, {}
    )
    artefact.save(found.artefacts, manifest, dict(one.arrays()))
    claim(found.event_log, IDENTITY)
    for partition, events in EVENTS.items():
        land(found.event_log, partition, [log_rows(*events)])
    movies = [movie(movie_id, title) for movie_id, title in TITLES.items()]
    catalogue.save(found.catalogue, Catalogue(movies, []))
    return found

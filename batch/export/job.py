"""An export: a version's lists, movies and ratings, from artefact, event log and catalogue."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from batch.export import tables
from batch.export.place import Manifest, drafting
from batch.export.writing import write
from batch.snapshot import Snapshot, take
from contracts import artefact, catalogue, eventlog
from contracts.eventlog import ForeignLog, Place
from contracts.files import sha256_of
from recommender.folding import Folder

Say = Callable[[str], None]


@dataclass(frozen=True)
class Kept:
    """Where what an export is made of lies."""

    artefacts: Path
    event_log: Place
    catalogue: Path


def export(kept: Kept, version: int, top: int, to: Path, say: Say) -> Manifest:
    """Write a version into a folder, in place of an earlier export.

    The same version, catalogue and `top` give the same bytes, by the same libraries and processor.

    Args:
        kept: what it is made of.
        version: one whose artefact is there.
        top: at most so many movies a user, at least 1.
        to: empty, not there, or an earlier export's.
        say: told what is being done.

    Raises:
        BrokenArtefact: if the artefact is not whole.
        BrokenLog, ForeignLog: if the log does not hold the snapshot, or is another topic's.
        FileNotFoundError, msgspec.DecodeError: if there is no catalogue, or another format's.
        ForeignFolder, FolderHeld: if the folder is not for us.
    """
    made, arrays = artefact.load(kept.artefacts, version)
    model = artefact.model_from(arrays, made.parameters)
    shelf = tables.movies(model, catalogue.load(kept.catalogue))
    with drafting(to) as draft:
        say("reading the event log")
        parts, folder = list(tables.parts(_snapshot(kept.event_log, made))), Folder(model)

        def shown(what: str) -> Iterator[Snapshot]:
            for n, part in enumerate(parts):
                say(f"{what}: {n / len(parts):.0%}")
                yield part

        lists = (tables.recommendations(folder, one, shelf, top) for one in shown("lists"))
        ratings = (tables.ratings(one) for one in shown("ratings"))
        rows = {
            "recommendations": write(draft.path, "recommendations", tables.RECOMMENDATIONS, lists),
            "movies": write(draft.path, "movies", tables.MOVIES, [shelf]),
            "ratings": write(draft.path, "ratings", tables.RATINGS, ratings),
        }
        return draft.publish(
            Manifest(
                version=version,
                topic=made.topic,
                snapshot=made.snapshot,
                created_at_ms=made.created_at_ms,
                catalogue_sha256=sha256_of(kept.catalogue) or "",
                top=top,
                rows=rows,
            )
        )


def _snapshot(log: Place, made: artefact.Manifest) -> Snapshot:
    found = eventlog.identity_of(log)
    if found != made.topic:
        raise ForeignLog(f"event log {log} is of {found}, version {made.version} of {made.topic}")
    return take(log, made.snapshot)

"""An export: a version's lists, movies and ratings, from artefact, event log and catalogue."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import event_log
from batch.export import tables
from batch.export.export_folder import Manifest, drafting
from batch.export.table_writer import write
from batch.progress_line import Say
from batch.snapshot import Snapshot, take
from contracts import artefact, catalogue
from contracts.file_checks import sha256_of
from event_log import ForeignLog, Storage
from recommender.fold_in import Folder


@dataclass(frozen=True)
class ExportSources:
    """Where what an export is made of lies."""

    artefacts: Path
    event_log: Storage
    catalogue: Path


def export(kept: ExportSources, version: int, top: int, to: Path, say: Say) -> Manifest:
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
        FileNotFoundError, DamagedCatalogue: if there is no catalogue, or nobody can read it.
        ForeignFolder, FolderHeld: if the folder is not for us.
    """
    made, arrays = artefact.load(kept.artefacts, version)
    model = artefact.model_from(arrays, made.parameters)
    movie_table = tables.movies(model, catalogue.load(kept.catalogue))
    with drafting(to) as draft:
        say("reading the event log")
        parts, folder = list(tables.parts(_snapshot(kept.event_log, made))), Folder(model)

        def with_progress(what: str) -> Iterator[Snapshot]:
            for n, part in enumerate(parts):
                say(f"{what}: {n / len(parts):.0%}")
                yield part

        lists = (
            tables.recommendations(folder, one, movie_table, top) for one in with_progress("lists")
        )
        ratings = (tables.ratings(one) for one in with_progress("ratings"))
        rows = {
            "recommendations": write(draft.path, "recommendations", tables.RECOMMENDATIONS, lists),
            "movies": write(draft.path, "movies", tables.MOVIES, [movie_table]),
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


def _snapshot(log: Storage, made: artefact.Manifest) -> Snapshot:
    found = event_log.identity_of(log)
    if found != made.topic:
        what = f"event log {log} belongs to {found}, but version {made.version} to {made.topic}"
        raise ForeignLog(what)
    return take(log, made.snapshot)

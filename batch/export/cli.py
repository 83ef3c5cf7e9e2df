"""`reelstream batch export`: a version as files; asks Redis and Kafka only which one is active."""

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from contracts.edge import UNREACHABLE, USAGE, Failure

if TYPE_CHECKING:
    from contracts.settings import Settings


def export(
    to: Annotated[
        Path, typer.Option(help="Folder to write into: a new one, or an earlier export's.")
    ],
    version: Annotated[
        int | None, typer.Option(min=1, help="Of the model; the active one unless said.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, max=1000, help="Movies a user.")] = 100,
    json: Annotated[bool, typer.Option("--json", help="The manifest on stdout.")] = False,
) -> None:
    """Write everybody's list, the movies and the ratings of a version as Parquet and CSV.

    From the version's artefact, the event log and the catalogue; Redis is asked only which version
    is active, Kafka only if Redis does not know. An earlier export is replaced when the new one is
    whole.
    """
    from batch.evaluation.tools import progress
    from batch.export.job import Kept
    from batch.export.job import export as exported
    from contracts.eventlog import Place
    from contracts.settings import from_environment

    settings = from_environment()
    if not settings.catalogue.is_file():
        what_to_do = "write it with `reelstream producer catalogue`"
        raise Failure("no catalogue is kept", str(settings.catalogue), what_to_do, USAGE)
    chosen = version or _published(settings)
    kept = Kept(settings.artefacts, Place.of(settings.log_place), settings.catalogue)
    with progress(json) as say:
        done = exported(kept, chosen, top, to, say)
    rows = ", ".join(f"{count:,} {table}" for table, count in done.rows.items())
    said = msgspec.json.encode(done).decode() if json else f"version {chosen} in {to}: {rows}"
    sys.stdout.write(f"{said}\n")


def _published(settings: "Settings") -> int:
    """The active version; where the store knows of none, the one that was published last."""
    from contracts.requests import RetrainLog
    from contracts.store.connection import connect
    from contracts.store.versions import VersionStore

    active = VersionStore(connect(settings.redis_url, timeout_s=10), settings.keys).active()
    if active:
        return active.version
    with closing(RetrainLog(settings.kafka, settings.topics.retrain, "reelstream-batch")) as log:
        published = log.state().published
    if published is None:
        what, what_to_do = "no version has been published yet", "ask for one: `reelstream retrain`"
        raise Failure(what, "batch", what_to_do, UNREACHABLE)
    return published

"""What an export works with: artefacts, event log and catalogue, as the settings name them."""

from contextlib import closing
from pathlib import Path

from batch.export import export_version
from batch.export.export_folder import Manifest
from batch.progress_line import progress
from contracts.effective_settings import settings_here
from contracts.process_exit import UNREACHABLE, USAGE, Failure
from contracts.settings import Settings
from event_log import Storage
from kafka_clients.retrain_log import RetrainLog
from redis_store.connection import connect
from redis_store.versions import VersionStore


def export(to: Path, version: int | None, top: int, quiet: bool) -> tuple[int, Manifest]:
    """Write a version, or the active one, as files; which one, and what was written."""
    settings = settings_here()
    if not settings.catalogue.is_file():
        what_to_do = "write it with `reelstream producer catalogue`"
        raise Failure("no catalogue has been saved", str(settings.catalogue), what_to_do, USAGE)
    chosen = version or _published(settings)
    event_log = Storage.of(settings.log_address)
    kept = export_version.ExportSources(settings.artefacts, event_log, settings.catalogue)
    with progress(quiet) as say:
        return chosen, export_version.export(kept, chosen, top, to, say)


def _published(settings: Settings) -> int:
    """The active version; where the store knows of none, the one that was published last."""
    active = VersionStore(connect(settings.redis_url, timeout_s=10), settings.keys).active()
    if active:
        return active.version
    with closing(RetrainLog(settings.kafka, settings.topics.retrain, "reelstream-batch")) as log:
        published = log.state().published
    if published is None:
        what, what_to_do = "no version has been published yet", "request one: `reelstream retrain`"
        raise Failure(what, "batch", what_to_do, UNREACHABLE)
    return published

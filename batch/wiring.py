"""What an operator's commands work with: clients and stores, built from the settings."""

from collections.abc import Callable
from contextlib import closing

from batch import version_commands
from batch.mlflow_tracking import Tracker
from batch.publishing import Publisher, Republished
from batch.taste_lists import NoCatalogue, TastesShown, show
from batch.version_commands import VersionRow
from contracts import artefact
from contracts.catalogue import kept
from contracts.clock import now_ms
from contracts.effective_settings import settings_here
from contracts.retrain_log_entries import Decision
from contracts.settings import Settings
from event_log import Storage, identity_of
from kafka_clients.retrain_log import RetrainLog
from redis_store.connection import connect
from redis_store.versions import VersionStore


def rebuild() -> Republished | None:
    """Write the active version to Redis again; None if none has been published."""
    settings = settings_here()
    event_log = Storage.of(settings.log_address)
    with closing(retrain_log(settings)) as log:
        publisher = _operators(settings, event_log, log)
        return publisher.republish(log.state().published, event_log)


def rollback(to: int | None, hold: bool) -> Decision:
    """Activate an older version again, and record it."""
    settings = settings_here()
    event_log = Storage.of(settings.log_address)
    with closing(retrain_log(settings)) as log:
        publisher = _operators(settings, event_log, log)
        done = version_commands.roll_back(publisher, log, to, event_log, hold=hold)
    track(settings)(done)
    return done


def release() -> int:
    """Let retrains activate again; the version that was held."""
    settings = settings_here()
    with closing(retrain_log(settings)) as log:
        publisher = _operators(settings, Storage.of(settings.log_address), log)
        return version_commands.release(publisher, log)


def models() -> list[VersionRow]:
    """What came of every retrain."""
    settings = settings_here()
    active = VersionStore(connect(settings.redis_url, timeout_s=10), settings.keys).active()
    with closing(retrain_log(settings)) as log:
        return version_commands.version_rows(log.state(), settings.artefacts, active)


def tastes() -> TastesShown | None:
    """What the active version shows to people of twelve tastes; None if none is active.

    Raises:
        BrokenArtefact: if its artefact is damaged.
        NoCatalogue: if nobody has told what the movies are.
    """
    settings = settings_here()
    active = VersionStore(connect(settings.redis_url, timeout_s=10), settings.keys).active()
    if active is None:
        return None
    catalogue = kept(settings.catalogue)
    if catalogue is None:
        raise NoCatalogue(f"no catalogue in {settings.catalogue}")
    manifest, arrays = artefact.load(settings.artefacts, active.version)
    return show(artefact.model_from(arrays, manifest.parameters), catalogue)


def retrain_log(settings: Settings) -> RetrainLog:
    """Requests and decisions."""
    return RetrainLog(settings.kafka, settings.topics.retrain, "reelstream-batch")


def track(settings: Settings) -> Callable[[Decision], None]:
    """What a decision is told to, besides the retrain topic: MLflow, where the settings name it."""
    tracker = Tracker(settings.tracking) if settings.tracking else None

    def record(decision: Decision) -> None:
        version = decision.version
        if tracker and version is None:
            tracker.record(decision, None, None)
        elif tracker and version is not None:
            manifest = artefact.read_manifest(settings.artefacts, version)
            tracker.record(decision, manifest, artefact.folder(settings.artefacts, version))

    return record


def publisher(settings: Settings, partitions: int, retrains: RetrainLog) -> Publisher:
    """What writes versions to Redis, and activates them."""
    versions = VersionStore(connect(settings.redis_url, timeout_s=10), settings.keys)
    return Publisher(
        versions,
        settings.artefacts,
        partitions,
        lambda: kept(settings.catalogue),
        now_ms,
        lambda: retrains.state().held,
    )


def _operators(settings: Settings, event_log: Storage, retrains: RetrainLog) -> Publisher:
    """What an operator's command publishes with."""
    return publisher(settings, identity_of(event_log).partitions, retrains)

"""What a trainer works with: engine, clients and stores, built from the settings."""

import os
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial

import psutil

import event_log
from batch.build_lists import content_of
from batch.engine_choice import choose_engine, create_engine, engine_parameters
from batch.growth_search import GrowthSearch
from batch.judge_challenger import Retraining
from batch.native_engine import Native
from batch.progress_line import progress
from batch.redis_repair import RedisRepair
from batch.retrain_pipeline import Trainer, only_trainer
from batch.retrain_worker import RetrainWorker
from batch.searched_parameters import to_try
from batch.snapshot import Snapshot, merged
from batch.spark_sessions import Sessions, spark_sessions
from batch.training import Describe, train_screened
from batch.wiring import publisher, retrain_log, track
from contracts.catalogue import kept
from contracts.clock import now_ms
from contracts.effective_settings import settings_here
from contracts.hyper_parameters import Parameters
from contracts.process_exit import until_stopped
from contracts.retrain_log_entries import Decision, Trigger, request
from contracts.settings import Settings, from_environment
from event_log import Storage, events_below
from kafka_clients import Admin
from kafka_clients.retrain_log import RetrainLog
from redis_store.catalogue import CatalogueStore
from redis_store.connection import connect
from redis_store.status import StatusStore

APPLICATION, MEMORY = "reelstream-batch", "4g"
"""What Spark calls us, where it is needed, and what its driver's heap may take."""


def worker() -> None:
    """Obey retrain requests until SIGTERM."""
    settings = from_environment()
    with (
        only_trainer(settings.artefacts),
        closing(retrain_log(settings)) as log,
        closing(retrain_log(settings)) as guards_log,
        spark_sessions(APPLICATION, MEMORY, settings.scratch) as sessions,
        until_stopped() as stopping,
    ):
        with closing(Admin(settings.kafka)) as admin:  # the event log may not have begun yet
            partitions = admin.identity(settings.topics.ratings).partitions
        trainer = partial(_trainer, settings, partitions, sessions, log)
        status = StatusStore(connect(settings.redis_url, timeout_s=10), settings.keys)
        with _guard(settings, partitions, guards_log).watching():
            searching = _growth_search(settings, partitions, sessions, log)
            clocks = now_ms, time.monotonic, time.sleep
            worker = RetrainWorker(log, trainer, track(settings), searching.step, status, *clocks)
            worker.run(stopping)


def train(quiet: bool) -> Decision:
    """Retrain now, on all that the event log holds; what was decided."""
    settings = settings_here()
    place = Storage.of(settings.log_address)
    partitions = event_log.identity_of(place).partitions
    asked = request(Trigger.hand, event_log.ends(place), now_ms())
    with (
        only_trainer(settings.artefacts),
        closing(retrain_log(settings)) as log,
        spark_sessions(APPLICATION, MEMORY, settings.scratch) as sessions,
        progress(quiet) as say,
    ):
        log.append(asked)
        decision = _trainer(settings, partitions, sessions, log, say).obey(asked)
        log.append(decision)
    track(settings)(decision)
    return decision


def _guard(settings: Settings, partitions: int, retrains: RetrainLog) -> RedisRepair:
    """What sees to it that what was published stays in Redis; by connections of its own."""
    catalogue = CatalogueStore(connect(settings.redis_url, timeout_s=10), settings.keys)
    return RedisRepair(
        publisher(settings, partitions, retrains),
        lambda: retrains.state().published,
        Storage.of(settings.log_address),
        catalogue,
    )


def _growth_search(
    settings: Settings, partitions: int, sessions: Sessions, retrains: RetrainLog
) -> GrowthSearch:
    """What searches hyper-parameters again, with the native engine."""
    log, versions = Storage.of(settings.log_address), publisher(settings, partitions, retrains)

    def active() -> int | None:
        """None with MLlib's engine, too, which could not have what is found."""
        live = versions.versions.active()
        return live.version if live and settings.engine != "mllib" else None

    def snapshot() -> Snapshot:
        offsets = event_log.ends(log)
        return merged(events_below(log, offsets), offsets)

    def describe() -> Describe:
        return partial(content_of, kept(settings.catalogue))

    engine = Native(os.cpu_count() or 1)
    return GrowthSearch(
        settings.artefacts, active, snapshot, engine, describe, now_ms, time.monotonic
    )


def _trainer(
    settings: Settings,
    partitions: int,
    sessions: Sessions,
    retrains: RetrainLog,
    report: Callable[[str], None],
) -> Trainer:
    """What a retrain is done with: the engine goes by how many events there are."""
    log, memory = Storage.of(settings.log_address), psutil.virtual_memory().total

    def retraining(events: int, live: Parameters | None) -> Retraining:
        name = choose_engine(settings.engine, events, memory)
        wanted = to_try(settings.artefacts, live) if name == "native" else Parameters()
        parameters = engine_parameters(name, wanted)
        made_by = create_engine(name, os.cpu_count() or 1, sessions)

        describe = partial(content_of, kept(settings.catalogue))
        return Retraining(
            lambda rated, tried: train_screened(rated, tried, made_by, describe),
            parameters,
            lambda wanted: engine_parameters(name, wanted) == wanted,
            describe,
            settings.artefacts,
            report,
        )

    publishes = publisher(settings, partitions, retrains)
    return Trainer(retraining, publishes, log, now_ms, report)

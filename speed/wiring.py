"""What the speed layer runs on: clients and services, built from the settings."""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from prometheus_client import CollectorRegistry
from rich.console import Console

from contracts.clock import now_ms
from contracts.effective_settings import settings_here
from contracts.metrics_server import serve
from contracts.process_exit import until_stopped
from contracts.settings import Settings, from_environment
from contracts.topics import RATINGS_CONFIG, Identity
from event_log import Storage, claim
from kafka_clients import Admin, PartitionReader, join_group, listening
from redis_store.connection import connect
from redis_store.speed import SpeedStore
from redis_store.status import StatusStore, id_of
from redis_store.topic import TopicStore
from redis_store.versions import VersionStore
from speed.active_model import ActiveModel
from speed.freshness import Freshness
from speed.job import Job
from speed.metrics import Metrics
from speed.partition_positions import PartitionPositions
from speed.partition_worker import PartitionWorker
from speed.rebuild import rebuilt

log = logging.getLogger(__name__)


def run() -> None:
    """Apply rating events until SIGTERM."""
    settings = from_environment()
    log.info("started: reading %s at %s", settings.topics.ratings, settings.kafka)
    with _job(settings, _identity(settings)) as job, until_stopped() as stopping:
        job.run(stopping)


def rebuild() -> int:
    """Have the workers apply all records again, and wait; how many there are."""
    settings = settings_here()
    store = SpeedStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    partitions = range(_identity(settings).partitions)
    with closing(
        PartitionReader(settings.kafka, settings.topics.ratings, dict.fromkeys(partitions, 0))
    ) as tail:
        ends = tail.ends()
    records = sum(ends.values())
    with Console(stderr=True).status("applying") as spinner:
        rebuilt(
            store,
            ends,
            lambda done: spinner.update(f"applying {done:,} of {records:,}"),
            time.monotonic,
            time.sleep,
        )
    return records


@contextmanager
def _job(settings: Settings, identity: Identity) -> Iterator[Job]:
    """The loop and all that it runs on; it leaves the group at the end."""
    client, keys = connect(settings.redis_url, timeout_s=5), settings.keys
    store, status = SpeedStore(client, keys), StatusStore(client, keys)
    registry, freshness = CollectorRegistry(), Freshness()
    metrics = Metrics(registry, time.monotonic)
    metrics_at = serve(settings.metrics_host, settings.metrics_port, registry)
    partitions = PartitionPositions(store, _event_log(settings, identity), time.monotonic)
    consumer = join_group(
        settings.kafka_client,
        settings.kafka,
        settings.topics.ratings,
        f"{settings.topic_prefix}speed",
        partitions.begin_at,
    )
    topic_store = TopicStore(client, keys)
    yield Job(
        claim=lambda: topic_store.claim(identity),
        consumer=consumer,
        partitions=partitions,
        worker=PartitionWorker(store, status, freshness, metrics, identity.partitions, now_ms),
        model=ActiveModel(VersionStore(client, keys), time.monotonic),
        status=status,
        freshness=freshness,
        metrics=metrics,
        metrics_at=metrics_at or "",
        worker_id=id_of(os.getpid()),
        kafka_listens=lambda: listening(settings.kafka),
        monotonic=time.monotonic,
        sleep=time.sleep,
        now_ms=now_ms,
    )
    consumer.close()


def _identity(settings: Settings) -> Identity:
    """The identity of the topic in the settings, if it is suitable."""
    with closing(Admin(settings.kafka)) as admin:
        identity = admin.identity(settings.topics.ratings)
        admin.require_fit({settings.topics.ratings: RATINGS_CONFIG})
    return identity


def _event_log(settings: Settings, identity: Identity) -> Storage:
    """What positions that are gone are made again from; marked as this topic's."""
    event_log = Storage.of(settings.log_address)
    claim(event_log, identity)
    return event_log

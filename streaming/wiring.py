"""What streaming runs on: session, clients and queries, built from the settings."""

import logging
import os
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from prometheus_client import CollectorRegistry
from pyspark.sql import SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from contracts.clock import now_ms
from contracts.confirmation import require_yes
from contracts.effective_settings import last_up, settings_here
from contracts.hyperloglog import REGISTERS
from contracts.metrics_server import serve
from contracts.process_exit import until_stopped
from contracts.settings import Settings, from_environment
from contracts.spark_session import java_of, live_heap, require_java, session
from contracts.topics import Identity, configs
from contracts.trends import GRAINS
from event_log import SCHEMA, Storage, claim, ends
from kafka_clients import Admin, PartitionReader
from kafka_clients.retrain_log import RetrainLog
from redis_store.connection import connect
from redis_store.reader import ReadingStore
from redis_store.status import StatusStore
from redis_store.trends import TrendStore
from streaming import checkpoint_guard, event_log_query, kafka_source, memory_watch, trends_query
from streaming.bucket_counts import CELL_DDL
from streaming.buckets_from_log import buckets_of_log
from streaming.checkpoint_files import LOG, TRENDS
from streaming.checkpoint_guard import SideFile, schema_of
from streaming.checkpoint_lock import held
from streaming.job import Job
from streaming.log_compaction import compact
from streaming.metrics import Metrics
from streaming.query_monitor import QueryMonitor
from streaming.rebuild import rebuilt
from streaming.retrain_triggers import Policy
from streaming.set_checkpoint_aside import is_empty, reflected, set_aside
from streaming.spark_options import OPTIONS
from streaming.trend_sink import TrendSink

log = logging.getLogger(__name__)

APPLICATION, MEMORY = "reelstream-streaming", "768m"


class Kept(NamedTuple):
    """What this start goes on from."""

    identity: Identity
    event_log: Storage
    store: TrendStore
    checkpoint: Path
    side_file: SideFile

    def begin(self, query: str) -> dict[int, int]:
        """The next-offsets where a query's first batch began; all of the topic where none are."""
        return self.side_file.begin.get(query, {})


def run() -> None:
    """Run the Spark application until SIGTERM."""
    settings = from_environment()
    log.info("started: reading %s at %s", settings.topics.ratings, settings.kafka)
    root = settings.checkpoints.resolve()
    with held(root) as note_java:
        kept = _kept(settings, root)
        registry = CollectorRegistry()
        metrics = Metrics(registry, kept.side_file.starts)
        metrics_at = serve(settings.metrics_host, settings.metrics_port, registry)
        jars = sorted(settings.connector_jars.glob("*.jar")) if settings.connector_jars else []
        with session(APPLICATION, MEMORY, settings.scratch, OPTIONS, jars) as spark:
            note_java(java_of(spark))
            _run(_job(settings, kept, spark, metrics, metrics_at or ""))


def start_over(yes: bool) -> tuple[Path, Path]:
    """Give a checkpoint up; which one, and where its files are now."""
    settings = settings_here()
    root, event_log = settings.checkpoints.resolve(), Storage.of(settings.log_address)
    if kept := last_up(settings) if is_empty(root, event_log) else None:
        root, event_log = kept.checkpoints.resolve(), Storage.of(kept.log_address)
    if not (yes or is_empty(root, event_log)):
        require_yes(f"Abandon the checkpoint {root}?")
    return root, set_aside(root, event_log, schema(), now_ms())


def rebuild() -> tuple[int, int]:
    """Write all buckets again; how many there are, and of how many records."""
    settings = settings_here()
    store = TrendStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    genres = trends_query.genres_by_movie(settings.catalogue.resolve())
    root, event_log = settings.checkpoints.resolve(), Storage.of(settings.log_address)
    return rebuilt(root, event_log, store, genres, now_ms() // 1000, time.sleep)


def _kept(settings: Settings, root: Path) -> Kept:
    identity, event_log = _identity(settings), Storage.of(settings.log_address)
    claim(event_log, identity)
    store = TrendStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    landed, in_store = ends(event_log), reflected(root, store)
    side = checkpoint_guard.opened(root, identity, schema(), landed, in_store)
    return Kept(identity, event_log, store, root, checkpoint_guard.begun(root, side))


def _run(job: Job) -> None:
    with until_stopped() as stopping:
        try:
            job.run(stopping)
        finally:
            job.sink.end()
        for query in (job.trends, job.log):
            query.stop()


def _job(
    settings: Settings, kept: Kept, spark: SparkSession, metrics: Metrics, metrics_at: str
) -> Job:
    sink = _sink(settings, kept)
    log_query = _start_log(settings, kept, spark)
    trends = _start_trends(settings, kept, spark, sink)
    status = StatusStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    memory = memory_watch.MemoryWatch(
        lambda: memory_watch.memory_use(os.getpid()), lambda: live_heap(spark), metrics
    )
    queries = {LOG: log_query, TRENDS: trends}
    topics, partitions = settings.topics, range(kept.identity.partitions)
    return Job(
        require_spark=lambda: require_java(spark),
        checkpoint=kept.checkpoint,
        side_file=kept.side_file,
        log=log_query,
        trends=trends,
        event_log=kept.event_log,
        topic=PartitionReader(settings.kafka, topics.ratings, dict.fromkeys(partitions, 0)),
        retrains=RetrainLog(settings.kafka, topics.retrain, "reelstream-triggers"),
        reading=ReadingStore(connect(settings.redis_url, timeout_s=5), settings.keys),
        sink=sink,
        trend_store=kept.store,
        status=status,
        monitor=QueryMonitor(queries, status, metrics, now_ms, time.monotonic),
        metrics_at=metrics_at,
        chores=[lambda: compact(kept.event_log, now_ms() / 1000), memory.look],
        policy=Policy(settings.retrain_events, settings.retrain_seconds),
        now_ms=now_ms,
        sleep=time.sleep,
    )


def _sink(settings: Settings, kept: Kept) -> TrendSink:
    catalogue = settings.catalogue.resolve()
    return TrendSink(
        kept.store,
        kept.checkpoint / TRENDS,
        kept.begin(TRENDS),
        kept.event_log,
        lambda upto: buckets_of_log(
            kept.event_log, upto, trends_query.genres_by_movie(catalogue), now_ms() // 1000
        ),
    )


def _start_log(settings: Settings, kept: Kept, spark: SparkSession) -> StreamingQuery:
    topics = settings.topics
    return event_log_query.start(
        kafka_source.ratings(spark, settings.kafka, topics.ratings, kept.begin(LOG)),
        kept.event_log,
        kept.identity.partitions,
        settings.kafka,
        topics.dead_letters,
        kept.checkpoint / LOG,
    )


def _start_trends(
    settings: Settings, kept: Kept, spark: SparkSession, sink: TrendSink
) -> StreamingQuery:
    topic = settings.topics.ratings
    return trends_query.start(
        kafka_source.ratings(spark, settings.kafka, topic, kept.begin(TRENDS)),
        sink.write,
        settings.catalogue.resolve(),
        kept.identity.partitions,
        kept.checkpoint / TRENDS,
    )


def _identity(settings: Settings) -> Identity:
    """The identity of the topic that is read; it and the output topics are suitable."""
    topics = settings.topics
    with closing(Admin(settings.kafka)) as admin:
        identity = admin.identity(topics.ratings)
        admin.identity(topics.dead_letters)  # what is rejected must have a place to go to
        admin.identity(topics.retrain)
        admin.require_fit(configs(topics))
    return identity


def schema() -> str:
    """What tells the checkpoints of this version from those of others."""
    return schema_of(SCHEMA, CELL_DDL, trends_query.LATE, GRAINS, REGISTERS, OPTIONS)

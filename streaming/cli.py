"""`reelstream streaming`: build session and clients, start the queries."""

import time
from contextlib import closing

import typer

from contracts.clock import now_ms
from contracts.edge import until_stopped

app = typer.Typer(help="Land the topic in the event log, count trends, ask for retrains.")

OPTIONS = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.streaming.stateStore.providerClass": (
        "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"
    ),
    "spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled": "true",
    # Writes a batch's log two to three times as fast on a local disk as the default.
    "spark.sql.streaming.checkpointFileManagerClass": (
        "org.apache.spark.sql.execution.streaming.checkpointing."
        "FileSystemBasedCheckpointFileManager"
    ),
}


@app.callback()
def streaming() -> None:
    """Land the topic in the event log, count trends, ask for retrains."""


@app.command()
def run() -> None:
    """Run the Spark application until SIGTERM.

    Every record of the topic lands in the event log exactly once; fresh ratings are counted per
    movie and genre in Redis; retrains are asked for by volume and by time.
    """
    from contracts.clients import Admin, Tail
    from contracts.eventlog import claim
    from contracts.requests import RetrainLog
    from contracts.settings import from_environment
    from contracts.spark import require_java, session
    from contracts.store.connection import connect
    from contracts.store.status import StatusStore
    from contracts.store.trends import TrendStore
    from streaming import log, source, trends
    from streaming.job import Job
    from streaming.triggers import Policy

    settings = from_environment()
    topics = settings.topics
    with closing(Admin(settings.kafka)) as admin:
        identity = admin.identity(topics.ratings)
    claim(settings.event_log, identity)
    folder = settings.state.resolve() / "spark" / "streaming"
    jars = sorted(settings.connector_jars.glob("*.jar")) if settings.connector_jars else []
    spark = session("reelstream-streaming", "768m", folder, OPTIONS, jars)
    store = TrendStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    records = source.ratings(spark, settings.kafka, topics.ratings)
    root, checkpoints = settings.event_log.resolve(), settings.checkpoints.resolve()
    n = identity.partitions
    job = Job(
        require_spark=lambda: require_java(spark),
        log=log.start(records, root, n, settings.kafka, topics.dead_letters, checkpoints / "log"),
        trends=trends.start(
            records, store, settings.catalogue.resolve(), n, checkpoints / "trends"
        ),
        event_log=root,
        topic=Tail(settings.kafka, topics.ratings, dict.fromkeys(range(n), 0)),
        retrains=RetrainLog(settings.kafka, topics.retrain, "reelstream-triggers"),
        trend_store=store,
        status=StatusStore(connect(settings.redis_url, timeout_s=5), settings.keys),
        policy=Policy(settings.retrain_events, settings.retrain_seconds),
        now_ms=now_ms,
        sleep=time.sleep,
    )
    with until_stopped() as stopping:
        job.run(stopping)
        for query in (job.trends, job.log):
            query.stop()
    spark.stop()

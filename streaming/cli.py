"""`reelstream streaming`: build session and clients, start the queries."""

import sys
import time
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from contracts.clock import now_ms
from contracts.edge import FAILED, ending_at_once, until_stopped

if TYPE_CHECKING:
    from contracts.settings import Settings

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
    movie and genre in Redis; retrains are asked for by volume and by time. One job runs on a
    checkpoint; one that is damaged, foreign or put back is refused (exit code 21).
    """
    from contracts.settings import from_environment
    from streaming.checkpoint import held

    settings = from_environment()
    with ending_at_once(), held(settings.checkpoints.resolve()) as note_java:
        _run(settings, note_java)


@app.command()
def alive() -> None:
    """Tell whether the job gets on: exit code 0 if it does, 20 if not.

    For a container's health check. A query gets on if within two minutes it has committed a batch,
    or had nothing left to read, and said so to Redis.
    """
    from contracts.settings import from_environment
    from contracts.store.connection import connect
    from contracts.store.status import QUERIES, StatusStore
    from streaming.alive import told

    settings = from_environment()
    status = StatusStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    well, words = told([(name, status.query(name)) for name in QUERIES], now_ms())
    sys.stdout.write(f"{words}\n")
    if not well:
        raise typer.Exit(FAILED)


@app.command("start-over")
def start_over(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Give a checkpoint up, and go on where the event log ends.

    The old checkpoint is set aside, not deleted. The next run lands what the event log lacks, and
    counts trends anew: today's from the topic, older ones from the event log. Nothing is lost.
    """
    from contracts.eventlog import Place
    from contracts.settings import from_environment
    from contracts.store.connection import connect
    from contracts.store.trends import TrendStore
    from streaming.recovery import set_aside

    settings = from_environment()
    root = settings.checkpoints.resolve()
    if not yes:
        typer.confirm(f"Give up the checkpoint {root}?", abort=True, err=True)
    store = TrendStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    log = Place.of(settings.log_place)
    aside = set_aside(root, log, store, _schema(), now_ms())
    sys.stdout.write(f"{root} begins anew; what was there is in {aside}\n")


@app.command()
def rebuild(
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Write all buckets of Redis again, counted from the event log.

    A running job does it by itself as soon as it sees that the store has lost something; this makes
    it look, and waits until it is done. Where none runs, it is done here.
    """
    from contracts.eventlog import Place
    from contracts.settings import from_environment
    from contracts.store.connection import connect
    from contracts.store.trends import TrendStore
    from streaming.recovery import rebuilt
    from streaming.trends import genres_by_movie

    settings = from_environment()
    store = TrendStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    genres = genres_by_movie(settings.catalogue.resolve())
    root, event_log = settings.checkpoints.resolve(), Place.of(settings.log_place)
    buckets, records = rebuilt(root, event_log, store, genres, now_ms() // 1000, time.sleep)
    as_json = msgspec.json.encode({"buckets": buckets, "records": records}).decode()
    said = f"{buckets} buckets of {records} records are in Redis"
    sys.stdout.write(f"{as_json if json else said}\n")


def _run(settings: "Settings", note_java: Callable[[int], None]) -> None:
    from prometheus_client import CollectorRegistry

    from contracts.clients import Admin, Tail
    from contracts.eventlog import Place, claim, ends
    from contracts.metrics import serve
    from contracts.requests import RetrainLog
    from contracts.spark import java_of, require_java, session
    from contracts.store.connection import connect
    from contracts.store.reading import ReadingStore
    from contracts.store.status import StatusStore
    from contracts.store.trends import TrendStore
    from streaming import checkpoint, log, source, trends
    from streaming.compaction import compact
    from streaming.following import Following
    from streaming.job import Job
    from streaming.metrics import Metrics
    from streaming.rebuild import buckets_of_log
    from streaming.shown import Shown
    from streaming.triggers import Policy

    topics, root = settings.topics, settings.checkpoints.resolve()
    event_log, catalogue = Place.of(settings.log_place), settings.catalogue.resolve()
    with closing(Admin(settings.kafka)) as admin:
        identity = admin.identity(topics.ratings)
        admin.identity(topics.dead_letters)  # what is rejected must have a place to go to
    claim(event_log, identity)
    store = TrendStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    side = checkpoint.opened(root, identity, _schema(), ends(event_log), store.reflected())
    side = checkpoint.begun(root, side)
    registry = CollectorRegistry()
    metrics = Metrics(registry, side.starts)
    metrics_at = serve(settings.metrics_host, settings.metrics_port, registry)
    begin = {name: side.begin.get(name, {}) for name in (checkpoint.LOG, checkpoint.TRENDS)}
    shown = Shown(
        store,
        root / checkpoint.TRENDS,
        begin[checkpoint.TRENDS],
        event_log,
        lambda upto: buckets_of_log(
            event_log, upto, trends.genres_by_movie(catalogue), now_ms() // 1000
        ),
    )
    folder = settings.state.resolve() / "spark" / "streaming"
    jars = sorted(settings.connector_jars.glob("*.jar")) if settings.connector_jars else []
    spark = session("reelstream-streaming", "768m", folder, OPTIONS, jars)
    note_java(java_of(spark))
    records = {
        name: source.ratings(spark, settings.kafka, topics.ratings, where)
        for name, where in begin.items()
    }
    n = identity.partitions
    log_query = log.start(
        records[checkpoint.LOG],
        event_log,
        n,
        settings.kafka,
        topics.dead_letters,
        root / checkpoint.LOG,
    )
    trends_query = trends.start(
        records[checkpoint.TRENDS], shown.write, catalogue, n, root / checkpoint.TRENDS
    )
    status = StatusStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    queries = {checkpoint.LOG: log_query, checkpoint.TRENDS: trends_query}
    job = Job(
        require_spark=lambda: require_java(spark),
        checkpoint=root,
        side_file=side,
        log=log_query,
        trends=trends_query,
        event_log=event_log,
        topic=Tail(settings.kafka, topics.ratings, dict.fromkeys(range(n), 0)),
        retrains=RetrainLog(settings.kafka, topics.retrain, "reelstream-triggers"),
        reading=ReadingStore(connect(settings.redis_url, timeout_s=5), settings.keys, n),
        shown=shown,
        trend_store=store,
        status=status,
        following=Following(queries, status, metrics, now_ms, time.monotonic),
        metrics_at=metrics_at or "",
        compact=lambda: compact(event_log, now_ms() / 1000),
        policy=Policy(settings.retrain_events, settings.retrain_seconds),
        now_ms=now_ms,
        sleep=time.sleep,
    )
    with until_stopped() as stopping:
        job.run(stopping)
        for query in (job.trends, job.log):
            query.stop()
    spark.stop()


def _schema() -> str:
    from contracts.eventlog import SCHEMA
    from contracts.sketches import REGISTERS
    from contracts.trends import GRAINS
    from streaming.buckets import CELL_DDL
    from streaming.checkpoint import schema_of
    from streaming.trends import LATE

    return schema_of(SCHEMA, CELL_DDL, LATE, GRAINS, REGISTERS, OPTIONS)

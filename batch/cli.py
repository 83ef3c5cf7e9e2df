"""`reelstream batch`: build session and clients, obey."""

import time
from contextlib import closing

import typer

from contracts.clock import now_ms
from contracts.edge import until_stopped

app = typer.Typer(help="Train models on the event log and publish them.")


@app.callback()
def batch() -> None:
    """Train models on the event log and publish them."""


@app.command()
def worker() -> None:
    """Obey retrain requests until SIGTERM: train, publish, record the decision."""
    from batch.publishing import Publisher
    from batch.training import train
    from batch.worker import Worker
    from contracts.artefact import Parameters
    from contracts.clients import Admin
    from contracts.eventlog import Place
    from contracts.requests import RetrainLog
    from contracts.settings import from_environment
    from contracts.spark import require_java, session
    from contracts.store.connection import connect
    from contracts.store.status import StatusStore
    from contracts.store.versions import VersionStore

    settings = from_environment()
    with closing(Admin(settings.kafka)) as admin:
        partitions = admin.identity(settings.topics.ratings).partitions
    folder = settings.state.resolve() / "spark" / "batch"
    options = {"spark.sql.shuffle.partitions": "2", "spark.default.parallelism": "2"}
    spark = session("reelstream-batch", "768m", folder, options)
    client, keys = connect(settings.redis_url, timeout_s=10), settings.keys
    parameters = Parameters()
    obeying = Worker(
        retrains=RetrainLog(settings.kafka, settings.topics.retrain, "reelstream-batch"),
        train=lambda snapshot: train(spark, snapshot, parameters),
        require_trainer=lambda: require_java(spark),
        publisher=Publisher(VersionStore(client, keys), settings.artefacts, partitions, now_ms),
        status=StatusStore(client, keys),
        event_log=Place.of(settings.log_place),
        parameters=parameters,
        now_ms=now_ms,
        sleep=time.sleep,
    )
    with until_stopped() as stopping:
        obeying.run(stopping)
    spark.stop()

"""`reelstream batch`: build clients, obey."""

import os
import sys
import time
from contextlib import closing
from typing import Annotated

import msgspec
import typer

from batch.evaluation.cli import evaluate, tune
from contracts.clock import now_ms
from contracts.edge import until_stopped

app = typer.Typer(help="Train models on the event log and publish them.")

NO_VERSION = "no version has been published yet"


@app.callback()
def batch() -> None:
    """Train models on the event log and publish them."""


@app.command()
def worker() -> None:
    """Obey retrain requests until SIGTERM: train, publish, record the decision."""
    from batch.native import Native
    from batch.publishing import Publisher
    from batch.training import train
    from batch.worker import Worker
    from contracts.artefact import Parameters
    from contracts.clients import Admin
    from contracts.eventlog import Place
    from contracts.requests import RetrainLog
    from contracts.settings import from_environment
    from contracts.store.connection import connect
    from contracts.store.status import StatusStore
    from contracts.store.versions import VersionStore

    settings = from_environment()
    with closing(Admin(settings.kafka)) as admin:
        partitions = admin.identity(settings.topics.ratings).partitions
    client, keys = connect(settings.redis_url, timeout_s=10), settings.keys
    parameters, engine = Parameters(), Native(os.cpu_count() or 1)
    obeying = Worker(
        retrains=RetrainLog(settings.kafka, settings.topics.retrain, "reelstream-batch"),
        train=lambda snapshot: train(snapshot.rated, parameters, engine),
        publisher=Publisher(VersionStore(client, keys), settings.artefacts, partitions, now_ms),
        status=StatusStore(client, keys),
        event_log=Place.of(settings.log_place),
        parameters=parameters,
        now_ms=now_ms,
        sleep=time.sleep,
    )
    with until_stopped() as stopping:
        obeying.run(stopping)


@app.command()
def rebuild(
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Write the active version to Redis again, from its artefact and the event log.

    Lists, factors and popular movies as they were published; the pointer too, where it is gone. A
    worker that publishes meanwhile has its turn before or after.
    """
    from batch.publishing import Publisher
    from contracts.eventlog import Place, identity_of
    from contracts.requests import RetrainLog
    from contracts.settings import from_environment
    from contracts.store.connection import connect
    from contracts.store.versions import VersionStore

    settings = from_environment()
    versions = VersionStore(connect(settings.redis_url, timeout_s=10), settings.keys)
    with closing(RetrainLog(settings.kafka, settings.topics.retrain, "reelstream-batch")) as log:
        decided = log.state().published
    event_log = Place.of(settings.log_place)
    partitions = identity_of(event_log).partitions
    publisher = Publisher(versions, settings.artefacts, partitions, now_ms)
    done = publisher.republish(decided, event_log)
    said = f"version {done.version} with {done.lists} lists is in Redis" if done else NO_VERSION
    as_json = msgspec.json.encode(done._asdict() if done else None).decode()
    sys.stdout.write(f"{as_json if json else said}\n")


app.command()(evaluate)
app.command()(tune)

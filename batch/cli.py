"""`reelstream batch`: build clients, obey."""

import os
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from batch.evaluation.cli import evaluate, tune
from contracts.clock import now_ms
from contracts.edge import until_stopped

if TYPE_CHECKING:
    from batch.publishing import Publisher
    from contracts.eventlog import Place
    from contracts.requests import RetrainLog
    from contracts.settings import Settings
    from contracts.store.versions import VersionStore

app = typer.Typer(help="Train models on the event log and publish them.")

NO_VERSION = "no version has been published yet"

Json = Annotated[bool, typer.Option("--json", help="JSON on stdout, for programs.")]


@app.callback()
def batch() -> None:
    """Train models on the event log and publish them."""


@app.command()
def worker() -> None:
    """Obey retrain requests until SIGTERM: train, publish, record the decision."""
    from batch.native import Native
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
        publisher=_publisher(settings, VersionStore(client, keys), partitions),
        status=StatusStore(client, keys),
        event_log=Place.of(settings.log_place),
        parameters=parameters,
        now_ms=now_ms,
        sleep=time.sleep,
    )
    with until_stopped() as stopping:
        obeying.run(stopping)


@app.command()
def rebuild(json: Json = False) -> None:
    """Write the active version to Redis again, from its artefact and the event log.

    All that was published with it, as it was; the pointer too, where it is gone. A worker that
    publishes meanwhile has its turn before or after.
    """
    from contracts.eventlog import Place
    from contracts.settings import from_environment

    settings = from_environment()
    event_log = Place.of(settings.log_place)
    with closing(_retrains(settings)) as log:
        decided = log.state().published
    done = _operators(settings, event_log).republish(decided, event_log)
    said = f"version {done.version} with {done.lists} lists is in Redis" if done else NO_VERSION
    as_json = msgspec.json.encode(done._asdict() if done else None).decode()
    sys.stdout.write(f"{as_json if json else said}\n")


@app.command()
def rollback(
    to: Annotated[
        int | None, typer.Option(min=1, help="The version; the previous one unless said.")
    ] = None,
    json: Json = False,
) -> None:
    """Activate an older version again, and record it as a decision.

    A version whose keys are gone from Redis is written again first. The next retrain goes live
    as always. Exit code 2 if there is no such version or none to go back to, 6 if its artefact is
    damaged.
    """
    from batch.operating import roll_back
    from contracts.eventlog import Place
    from contracts.settings import from_environment

    settings = from_environment()
    event_log = Place.of(settings.log_place)
    with closing(_retrains(settings)) as log:
        done = roll_back(_operators(settings, event_log), log, to, event_log)
    said = f"version {done.version} is active again"
    sys.stdout.write(f"{msgspec.json.encode(done).decode() if json else said}\n")


@app.command()
def models(json: Json = False) -> None:
    """List what came of every retrain: version, decision, figures, reason; which is active."""
    from rich.console import Console

    from batch.operating import drawn, told
    from contracts.settings import from_environment
    from contracts.store.connection import connect
    from contracts.store.versions import VersionStore

    settings = from_environment()
    active = VersionStore(connect(settings.redis_url, timeout_s=10), settings.keys).active()
    with closing(_retrains(settings)) as log:
        found = told(log.state(), settings.artefacts, active)
    if json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        Console().print(drawn(found) if found else NO_VERSION)


app.command()(evaluate)
app.command()(tune)


def _retrains(settings: "Settings") -> "RetrainLog":
    from contracts.requests import RetrainLog

    return RetrainLog(settings.kafka, settings.topics.retrain, "reelstream-batch")


def _operators(settings: "Settings", event_log: "Place") -> "Publisher":
    """What an operator's command publishes with."""
    from contracts.eventlog import identity_of
    from contracts.store.connection import connect
    from contracts.store.versions import VersionStore

    versions = VersionStore(connect(settings.redis_url, timeout_s=10), settings.keys)
    return _publisher(settings, versions, identity_of(event_log).partitions)


def _publisher(settings: "Settings", versions: "VersionStore", partitions: int) -> "Publisher":
    from batch.publishing import Publisher
    from contracts.catalogue import kept

    return Publisher(
        versions, settings.artefacts, partitions, lambda: kept(settings.catalogue), now_ms
    )

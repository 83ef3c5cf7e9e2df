"""`reelstream batch`: build clients, obey."""

import os
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from batch.evaluation.cli import evaluate, tune
from batch.export.cli import export
from contracts.clock import now_ms
from contracts.edge import until_stopped

if TYPE_CHECKING:
    from collections.abc import Callable

    from batch.operating import Told
    from batch.publishing import Publisher
    from batch.sessions import Sessions
    from batch.trainer import Trainer
    from contracts.eventlog import Place
    from contracts.requests import Decision, RetrainLog
    from contracts.settings import Settings

app = typer.Typer(help="Train models on the event log and publish them.")

SPARK_MEMORY = "4g"
NO_VERSION = "no version has been published yet"

Json = Annotated[bool, typer.Option("--json", help="JSON on stdout, for programs.")]


@app.callback()
def batch() -> None:
    """Train models on the event log and publish them."""


@app.command()
def worker() -> None:
    """Obey retrain requests until SIGTERM: train, judge, publish, record the decision.

    There is one trainer at a time: exit code 7 if another has begun.
    """
    from batch.sessions import spark_sessions
    from batch.trainer import only_trainer
    from batch.worker import Worker
    from contracts.clients import Admin
    from contracts.settings import from_environment
    from contracts.store.connection import connect
    from contracts.store.status import StatusStore

    settings = from_environment()
    with (
        only_trainer(settings.artefacts),
        closing(_retrains(settings)) as log,
        spark_sessions("reelstream-batch", SPARK_MEMORY) as sessions,
        until_stopped() as stopping,
    ):
        with closing(Admin(settings.kafka)) as admin:  # the event log may not have begun yet
            partitions = admin.identity(settings.topics.ratings).partitions
        trainer = partial(_trainer, settings, partitions, sessions)
        status = StatusStore(connect(settings.redis_url, timeout_s=10), settings.keys)
        Worker(log, trainer, _track(settings), status, now_ms, time.sleep).run(stopping)


@app.command()
def train(json: Json = False) -> None:
    """Retrain now, on all that the event log holds, and say what was decided.

    For when no worker runs; `reelstream retrain` asks one that does. Exit code 0 whatever was
    decided, 7 if another trainer runs.
    """
    from batch.evaluation.tools import progress
    from batch.sessions import spark_sessions
    from batch.trainer import only_trainer
    from contracts import eventlog
    from contracts.requests import Trigger, request
    from contracts.settings import from_environment

    settings = from_environment()
    event_log = eventlog.Place.of(settings.log_place)
    partitions = eventlog.identity_of(event_log).partitions
    asked = request(Trigger.hand, eventlog.ends(event_log), now_ms())
    with (
        only_trainer(settings.artefacts),
        closing(_retrains(settings)) as log,
        spark_sessions("reelstream-batch", SPARK_MEMORY) as sessions,
        progress(json) as say,
    ):
        log.append(asked)
        decision = _trainer(settings, partitions, sessions, say).obey(asked)
        log.append(decision)
    _track(settings)(decision)
    said = f"{decision.outcome}, {decision.reason}"
    sys.stdout.write(f"{msgspec.json.encode(decision).decode() if json else said}\n")


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
    _track(settings)(done)
    said = f"version {done.version} is active again"
    sys.stdout.write(f"{msgspec.json.encode(done).decode() if json else said}\n")


@app.command()
def models(
    json: Json = False,
    picture: Annotated[
        Path | None, typer.Option(help="Draw hit rates over versions into this file.")
    ] = None,
) -> None:
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
    if picture:
        _draw(found, picture)
    if json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        Console().print(drawn(found) if found else NO_VERSION)


app.command()(evaluate)
app.command()(tune)
app.command()(export)


def _draw(found: "list[Told]", path: Path) -> None:
    from batch.evaluation.tools import judging_tools

    with judging_tools():
        from batch.models_picture import MARKERS, Shown, draw

        retrains = [
            Shown(one.version, int(one.at.timestamp() * 1000), one.outcome, one.metrics)
            for one in found
            if one.at and one.outcome in MARKERS
        ]
        draw(retrains, path)


def _retrains(settings: "Settings") -> "RetrainLog":
    from contracts.requests import RetrainLog

    return RetrainLog(settings.kafka, settings.topics.retrain, "reelstream-batch")


def _trainer(
    settings: "Settings", partitions: int, sessions: "Sessions", report: "Callable[[str], None]"
) -> "Trainer":
    """What a retrain is done with: the engine goes by how many events there are."""
    import psutil

    from batch.engines import chosen, engine, told
    from batch.retraining import Retraining
    from batch.trainer import Trainer
    from batch.training import train_screened
    from contracts.artefact import Parameters
    from contracts.eventlog import Place

    event_log, memory = Place.of(settings.log_place), psutil.virtual_memory().total

    def retraining(events: int) -> Retraining:
        name = chosen(settings.engine, events, memory)
        parameters = told(name, Parameters())
        made_by = engine(name, os.cpu_count() or 1, sessions)
        return Retraining(
            lambda rated: train_screened(rated, parameters, made_by), parameters, report
        )

    return Trainer(retraining, _publisher(settings, partitions), event_log, now_ms, report)


def _track(settings: "Settings") -> "Callable[[Decision], None]":
    """What a decision is told to, besides the retrain topic: MLflow, where the settings name it."""
    from batch.tracking import Tracker
    from contracts import artefact

    tracker = Tracker(settings.tracking) if settings.tracking else None

    def track(decision: "Decision") -> None:
        version = decision.version
        if tracker and version is None:
            tracker.record(decision, None, None)
        elif tracker and version is not None:
            manifest = artefact.read_manifest(settings.artefacts, version)
            tracker.record(decision, manifest, artefact.folder(settings.artefacts, version))

    return track


def _operators(settings: "Settings", event_log: "Place") -> "Publisher":
    """What an operator's command publishes with."""
    from contracts.eventlog import identity_of

    return _publisher(settings, identity_of(event_log).partitions)


def _publisher(settings: "Settings", partitions: int) -> "Publisher":
    from batch.publishing import Publisher
    from contracts.catalogue import kept
    from contracts.store.connection import connect
    from contracts.store.versions import VersionStore

    versions = VersionStore(connect(settings.redis_url, timeout_s=10), settings.keys)
    return Publisher(
        versions, settings.artefacts, partitions, lambda: kept(settings.catalogue), now_ms
    )

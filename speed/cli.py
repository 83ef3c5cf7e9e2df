"""`reelstream speed`: build the clients, run the loop."""

import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from contracts.clock import now_ms
from contracts.edge import until_stopped

if TYPE_CHECKING:
    from contracts.eventlog import Place
    from contracts.settings import Settings

app = typer.Typer(help="Keep each person's history and list up to date within a moment.")


@app.callback()
def speed() -> None:
    """Keep each person's history and list up to date within a moment."""


@app.command()
def run() -> None:
    """Apply rating events to Redis until SIGTERM.

    Any number of these share the partitions of the topic; each partition's position in Redis is
    the truth, so one that dies or is frozen can neither lose nor repeat an event.
    """
    from prometheus_client import CollectorRegistry

    from contracts.clients import join_group, listening
    from contracts.metrics import serve
    from contracts.settings import from_environment
    from contracts.store.connection import connect
    from contracts.store.speed import SpeedStore
    from contracts.store.status import StatusStore
    from contracts.store.versions import VersionStore
    from speed.freshness import Freshness
    from speed.job import Job
    from speed.metrics import Metrics
    from speed.models import ActiveModel
    from speed.places import Places
    from speed.worker import Worker

    settings = from_environment()
    client, keys = connect(settings.redis_url, timeout_s=5), settings.keys
    status = StatusStore(client, keys)
    registry, freshness = CollectorRegistry(), Freshness()
    metrics = Metrics(registry, time.monotonic)
    metrics_at = serve(settings.metrics_host, settings.metrics_port, registry)
    store = SpeedStore(client, keys)
    worker = Worker(store, status, freshness, metrics, settings.partitions, now_ms)
    model = ActiveModel(VersionStore(client, keys), time.monotonic)
    topic, group = settings.topics.ratings, f"{settings.topic_prefix}speed"
    # The places need the consumer, and the consumer asks them where to begin.
    consumer = join_group(
        settings.kafka_client,
        settings.kafka,
        topic,
        group,
        lambda p: places.begin_at(p),  # noqa: PLW0108
    )
    places = Places(consumer, store, _event_log(settings))
    job = Job(
        places,
        worker,
        model,
        status,
        freshness,
        metrics,
        metrics_at or "",
        lambda: listening(settings.kafka),
        time.monotonic,
        time.sleep,
        now_ms,
    )
    with until_stopped() as stopping:
        job.run(stopping)
    consumer.close()


def _event_log(settings: "Settings") -> "Place":
    """What positions that are gone are made again from; marked as this topic's."""
    from contracts.clients import Admin
    from contracts.eventlog import Place, claim

    event_log = Place.of(settings.log_place)
    with closing(Admin(settings.kafka)) as admin:
        claim(event_log, admin.identity(settings.topics.ratings))
    return event_log


@app.command()
def rebuild(
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Have histories, lists and totals made again, by the workers that run.

    A worker does so by itself as soon as it sees that the store has lost them: it loads the event
    log and reads the topic from where that ends. This makes it look, and waits until all that is in
    the topic now is applied. Lists follow, the newest users' first.
    """
    from rich.console import Console

    from contracts.clients import Admin, Tail
    from contracts.settings import from_environment
    from contracts.store.connection import connect
    from contracts.store.speed import SpeedStore
    from speed.rebuild import rebuilt

    settings = from_environment()
    store = SpeedStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    topic = settings.topics.ratings
    with closing(Admin(settings.kafka)) as admin:
        partitions = admin.identity(topic).partitions
    with closing(Tail(settings.kafka, topic, dict.fromkeys(range(partitions), 0))) as tail:
        ends = tail.ends()
    records = sum(ends.values())
    with Console(stderr=True).status("applying") as shown:
        rebuilt(
            store,
            ends,
            lambda done: shown.update(f"applying {done:,} of {records:,}"),
            time.monotonic,
            time.sleep,
        )
    as_json = msgspec.json.encode({"records": records}).decode()
    sys.stdout.write(f"{as_json if json else f'{records} records are applied again'}\n")

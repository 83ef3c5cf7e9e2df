"""`reelstream`: the one command, its sub-commands the rooms."""

import sys

import typer

from api.cli import app as api
from batch.cli import app as batch
from producer.cli import app as producer
from reelstream.operating import doctor, logs, rebuild, reset, status
from reelstream.starting import demo, up
from speed.cli import app as speed
from streaming.cli import app as streaming

app = typer.Typer(
    help="A real-time movie recommender on Kafka, Spark, Redis and FastAPI.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for name, room in {
    "producer": producer,
    "streaming": streaming,
    "speed": speed,
    "batch": batch,
    "api": api,
}.items():
    app.add_typer(room, name=name)
for command in (demo, up, status, logs, doctor, rebuild, reset):
    app.command()(command)


@app.command()
def jars() -> None:
    """Fetch the jars of Kafka and of Spark's connector into the cache, checked by SHA-256."""
    from contracts.settings import cache_folder, from_environment
    from reelstream.jars import fetch, locked
    from reelstream.java import find_java

    settings = from_environment()
    target = cache_folder() / "jars"
    java = find_java(settings.state.resolve())
    fetch(java, target, _say, locked())
    sys.stdout.write(f"{target}\n")


@app.command()
def topics() -> None:
    """Create the topics in the Kafka of REELSTREAM_KAFKA, as Reelstream needs them."""
    from contextlib import closing

    from contracts.clients import Admin
    from contracts.settings import from_environment
    from contracts.topics import topic_configs

    settings = from_environment()
    wanted = topic_configs(settings.topics, settings.partitions)
    with closing(Admin(settings.kafka)) as admin:
        admin.create(wanted)
    sys.stdout.write(f"topics {', '.join(wanted)} are there\n")


@app.command()
def retrain() -> None:
    """Ask for a model of everything that the event log holds now."""
    from contextlib import closing

    from contracts.clock import now_ms
    from contracts.eventlog import Place, ends
    from contracts.requests import RetrainLog, Trigger, request
    from contracts.settings import from_environment
    from reelstream.running import settings_here

    settings = settings_here(from_environment())
    asked = request(Trigger.hand, ends(Place.of(settings.log_place)), now_ms())
    topic = settings.topics.retrain
    with closing(RetrainLog(settings.kafka, topic, "reelstream-hand")) as log:
        log.append(asked)
    sys.stdout.write(f"asked for a model of {sum(asked.snapshot.values())} events\n")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")

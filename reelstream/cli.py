"""`reelstream`: the command line, with the processes as sub-commands."""

import sys
from typing import TYPE_CHECKING

import typer

from api.cli import app as api
from batch.cli import app as batch
from contracts.lazy_module import LazyModule
from producer.cli import app as producer
from reelstream.operator_commands import doctor, logs, rebuild, reset, status
from reelstream.start_commands import demo, up
from speed.cli import app as speed
from streaming.cli import app as streaming

if TYPE_CHECKING:
    from reelstream import operator_wiring
else:
    operator_wiring = LazyModule("reelstream.operator_wiring")

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
    """Download the jars of Kafka and Spark's connector to the cache, verified by SHA-256."""
    sys.stdout.write(f"{operator_wiring.fetch_jars()}\n")


@app.command()
def topics() -> None:
    """Create the topics in the Kafka that is running here, else in REELSTREAM_KAFKA.

    Existing topics are left as they are; exit code 5 if Reelstream cannot use one of them, because
    its records expire, are compacted or carry their sender's time.
    """
    sys.stdout.write(f"topics {operator_wiring.create_topics()} exist\n")


@app.command()
def retrain() -> None:
    """Request a model of everything in the event log now."""
    sys.stdout.write(f"requested a model of {operator_wiring.ask_for_retrain()} events\n")

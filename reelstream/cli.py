"""`reelstream`: the one command, its sub-commands the rooms."""

import re
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from api.cli import app as api
from batch.cli import app as batch
from contracts.edge import FAILED, USAGE, Failure, until_stopped
from producer.cli import app as producer
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

SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


@app.command()
def demo(
    data: Annotated[
        Path | None,
        typer.Option(help="A MovieLens folder; REELSTREAM_DATA or a download if not given."),
    ] = None,
    for_: Annotated[
        str | None, typer.Option("--for", help="End by itself after this time, e.g. 90s or 3m.")
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="End with one JSON object on stdout.")
    ] = False,
) -> None:
    """Show the whole loop on this machine: real broker, real Spark, real Redis, real ratings.

    The older 90 % of the data set is loaded as history, a model is trained, and the rest is
    replayed live while the page at http://127.0.0.1:8000/ follows. Ctrl-C ends it with a summary;
    every demo begins afresh.
    """
    from contracts.settings import from_environment
    from reelstream import summary
    from reelstream.data import find
    from reelstream.demo import Demo
    from reelstream.exclusive import alone_in
    from reelstream.machine import assemble
    from reelstream.ports import check_free
    from reelstream.terminal import Terminal

    settings = from_environment()
    limit = None if for_ is None else duration_s(for_)
    folder = find(data or settings.data)
    check_free(settings.api_host, settings.api_port, "REELSTREAM_API_PORT")
    state = (settings.state / "demo").resolve()
    terminal = Terminal()
    with alone_in(state), until_stopped() as stopping:
        machine = assemble(settings, state, terminal.announce)
        running = Demo(machine, folder, stopping, limit, terminal.show)
        try:
            with terminal.running():
                result = running.run()
        finally:
            running.stop()
    sys.stdout.write(
        (msgspec.json.encode(result).decode() if json else summary.text(result)) + "\n"
    )
    if not result.conserved:
        what = "events were lost, repeated or rejected"
        raise Failure(what, str(state), "see the counts above and the logs there", FAILED)


def duration_s(text: str) -> int:
    """Seconds of a duration such as 90, 90s, 3m or 1h.

    Raises:
        Failure: if it is none.
    """
    match = re.fullmatch(r"([1-9]\d{0,5})([smh]?)", text)
    if match is None:
        raise Failure(f"{text!r} is no duration", "--for", "write e.g. 90s or 3m", USAGE)
    return int(match[1]) * SECONDS[match[2]]


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
    from contracts.eventlog import ends
    from contracts.requests import RetrainLog, Trigger, request
    from contracts.settings import from_environment

    settings = from_environment()
    asked = request(Trigger.hand, ends(settings.event_log), now_ms())
    topic = settings.topics.retrain
    with closing(RetrainLog(settings.kafka, topic, "reelstream-hand")) as log:
        log.append(asked)
    sys.stdout.write(f"asked for a model of {sum(asked.snapshot.values())} events\n")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")

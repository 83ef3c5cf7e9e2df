"""`reelstream demo` and `reelstream up`: everything on this machine."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from contracts.edge import FAILED, INTERRUPTED, USAGE, Failure, until_stopped

if TYPE_CHECKING:
    from contracts.settings import Settings
    from reelstream.installation import Installation
    from reelstream.run import Run

NOT_REAL = "generated ratings: no real people, no real films"
SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}

DataOption = Annotated[
    Path | None,
    typer.Option(help="A MovieLens release; REELSTREAM_DATA or a download if not given."),
]


def demo(
    data: DataOption = None,
    generated: Annotated[
        bool, typer.Option("--generated", help="Ratings from a seed: no real people or films.")
    ] = False,
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
    every demo begins afresh, with a Kafka of its own.
    """
    from contracts.settings import from_environment
    from reelstream import data as data_sets
    from reelstream import summary
    from reelstream.demo import show_all
    from reelstream.installation import empty, opened

    settings = from_environment()
    limit = None if for_ is None else duration_s(for_)
    if generated and data:
        what_to_do = "give one of them"
        raise Failure("both data and generated data", "--data, --generated", what_to_do, USAGE)
    given = None if generated else data_sets.find(data or settings.data)
    with _alone(settings, "demo") as state:
        empty(state)
        release = given or data_sets.generated(state / "generated")
        with _running("demo", settings, opened(state, settings), limit) as run:
            if generated:
                sys.stderr.write(f"{NOT_REAL}\n")
                run.checklist.notice = NOT_REAL
                run.checklist.say("")
            try:
                result = show_all(run, release)
            finally:
                run.stop()
                run.machine.forget()
    as_json = msgspec.json.encode(result).decode()
    sys.stdout.write((as_json if json else summary.text(result)) + "\n")
    if not result.conserved:
        what = "events were lost, repeated or rejected"
        raise Failure(what, str(state), "see the counts above and the logs there", FAILED)


def up(data: DataOption = None) -> None:
    """Keep everything running on this machine, and resume where it was ended.

    The first start loads the whole data set with its own clock and trains a model; later ones go on
    with the ratings, models and lists that are there. Kafka and Redis are embedded, unless
    REELSTREAM_KAFKA or REELSTREAM_REDIS_URL is set. Ctrl-C ends it; `reelstream reset` forgets all.
    """
    from contracts.settings import from_environment
    from reelstream.data import find
    from reelstream.installation import opened
    from reelstream.up import keep_running

    settings = from_environment()
    folder = find(data or settings.data)
    with _alone(settings, "up") as state:
        with _running("up", settings, opened(state, settings), None) as run:
            try:
                keep_running(run, folder)
            finally:
                run.stop()
        counted = run.view.position.counted
    sys.stdout.write(f"{counted} ratings are kept in {state}; `reelstream up` goes on from there\n")


def duration_s(text: str) -> int:
    """Seconds of a duration such as 90, 90s, 3m or 1h.

    Raises:
        Failure: if it is none.
    """
    match = re.fullmatch(r"([1-9]\d{0,5})([smh]?)", text)
    if match is None:
        raise Failure(f"{text!r} is no duration", "--for", "write e.g. 90s or 3m", USAGE)
    return int(match[1]) * SECONDS[match[2]]


@contextmanager
def _alone(settings: "Settings", command: str) -> "Iterator[Path]":
    """Within, the command's folder is ours; refused before anything is written or started."""
    from contracts.clock import now_ms
    from contracts.settings import cache_folder
    from reelstream import checks
    from reelstream.checks import require
    from reelstream.installation import held

    state = (settings.state / command).resolve()
    require([checks.clock(now_ms())])
    require([checks.writable("State", state, "REELSTREAM_STATE"), checks.disk(state)])
    require([checks.redis(settings)])
    jars = cache_folder() / "jars"
    if checks.writable("Jars", jars, "XDG_CACHE_HOME").found_wrong:  # else the start gets them
        require([checks.jars(jars)])
    if command == "up":
        require([checks.kafka(settings)])
    with held(state):
        require([checks.port(settings)])
        try:
            yield state
        except KeyboardInterrupt:
            to_do = "nothing is left running; start it again"
            raise Failure("interrupted", "start-up", to_do, INTERRUPTED) from None


@contextmanager
def _running(
    command: str, settings: "Settings", found: "Installation", limit_s: float | None
) -> "Iterator[Run]":
    """A machine to run on, shown on the terminal until told to stop."""
    from reelstream.kafka_server import BrokerNotPrepared
    from reelstream.machine import assemble
    from reelstream.run import Run
    from reelstream.steps import checklist
    from reelstream.terminal import Terminal

    terminal = Terminal()
    given_kafka = command == "up" and "kafka" in settings.model_fields_set
    state = (settings.state / command).resolve()
    machine = assemble(settings, state, found, terminal.announce, given_kafka)
    steps = checklist(machine.settings.progress)
    with until_stopped() as stopping, terminal.running():
        try:
            yield Run(command, machine, steps, stopping, limit_s, terminal.show)
        except BrokerNotPrepared:
            if stopping():  # Ctrl-C may have reached the tool before it had its own session
                raise KeyboardInterrupt from None
            raise

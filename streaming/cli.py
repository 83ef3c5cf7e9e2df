"""`reelstream streaming`: its commands and their options."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.command_output import print_result
from contracts.lazy_module import LazyModule
from contracts.process_exit import FAILED, ending_at_once

if TYPE_CHECKING:
    from streaming import health_wiring, wiring
else:
    health_wiring = LazyModule("streaming.health_wiring")
    wiring = LazyModule("streaming.wiring")

app = typer.Typer(help="Land the topic in the event log, count trends, request retrains.")


@app.callback()
def streaming() -> None:
    """Land the topic in the event log, count trends, request retrains."""


@app.command()
def run() -> None:
    """Run the Spark application until SIGTERM.

    Every record of the topic lands in the event log exactly once; fresh ratings are counted per
    movie and genre in Redis; retrains are requested by volume and by time. Only one job runs on a
    checkpoint; one that is damaged, out of date or of another topic is refused (exit code 21).
    """
    with ending_at_once():  # from here on: what is imported takes a second
        wiring.run()


@app.command()
def alive() -> None:
    """Check that the job is making progress: exit code 0 if it is, 20 if not.

    For a container's health check. A query makes progress if within the last two minutes it has
    committed a batch, or had nothing left to read, and reported so to Redis.
    """
    well, words = health_wiring.alive()
    sys.stdout.write(f"{words}\n")
    if not well:
        raise typer.Exit(FAILED)


@app.command("start-over")
def start_over(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Abandon the checkpoint, and continue where the event log ends.

    The old checkpoint is moved aside, not deleted. The next run lands what the event log lacks and
    counts trends again: today's from the topic, older ones from the event log. Nothing is lost.

    Applies to the checkpoint in the state folder, else to that of `reelstream up`.
    """
    root, aside = wiring.start_over(yes)
    sys.stdout.write(f"{root} starts over; the old checkpoint is in {aside}\n")


@app.command()
def rebuild(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write all buckets to Redis again, counted from the event log.

    A running job does this by itself as soon as it notices that the store has lost something; this
    command makes it notice, and waits. If no job runs, the command does it.
    """
    buckets, records = wiring.rebuild()
    said = f"{buckets} buckets with {records} records are in Redis"
    print_result({"buckets": buckets, "records": records}, said, json)

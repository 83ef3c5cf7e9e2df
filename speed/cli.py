"""`reelstream speed`: its commands and their options."""

from typing import TYPE_CHECKING, Annotated

import typer

from contracts.command_output import print_result
from contracts.lazy_module import LazyModule

if TYPE_CHECKING:
    from speed import wiring
else:
    wiring = LazyModule("speed.wiring")

app = typer.Typer(help="Keep each person's history and list up to date within a second.")


@app.callback()
def speed() -> None:
    """Keep each person's history and list up to date within a second."""


@app.command()
def run() -> None:
    """Apply rating events to Redis until SIGTERM.

    Any number of workers share the partitions of the topic. Each partition's position in Redis is
    authoritative, so a worker that dies or hangs can neither lose nor repeat an event.
    """
    wiring.run()


@app.command()
def rebuild(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Have the running workers rebuild histories, lists and totals.

    A worker does so by itself as soon as it notices that the store has lost them: it loads the
    event log and reads the topic from where the log ends. This command makes it notice, and waits
    until everything now in the topic has been applied. Lists follow, the newest users' first.
    """
    records = wiring.rebuild()
    print_result({"records": records}, f"{records} records have been applied again", json)

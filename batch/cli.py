"""`reelstream batch`: its commands and their options."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from batch.evaluation.cli import evaluate, tune
from batch.evaluation.judging_libraries import judging_tools
from batch.export.cli import export
from contracts.command_output import print_result
from contracts.lazy_module import LazyModule

if TYPE_CHECKING:
    from batch import quality_plot, taste_lists, training_wiring, version_commands, wiring
else:
    quality_plot = LazyModule("batch.quality_plot")
    taste_lists = LazyModule("batch.taste_lists")
    training_wiring = LazyModule("batch.training_wiring")
    version_commands = LazyModule("batch.version_commands")
    wiring = LazyModule("batch.wiring")

app = typer.Typer(help="Train models on the event log and publish them.")

NO_VERSION = "no version has been published yet"

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@app.callback()
def batch() -> None:
    """Train models on the event log and publish them."""


@app.command()
def worker() -> None:
    """Handle retrain requests until SIGTERM: train, evaluate, publish, record the decision.

    Only one trainer runs at a time: exit code 7 if there is another.
    """
    training_wiring.worker()


@app.command()
def train(json: Json = False) -> None:
    """Retrain now, on everything in the event log, and print the decision.

    For use when no worker runs; `reelstream retrain` asks a running one. Exit code 0 whatever the
    decision, 7 if another trainer runs.
    """
    decision = training_wiring.train(quiet=json)
    print_result(decision, f"{decision.outcome}, {decision.reason}", json)


@app.command()
def rebuild(json: Json = False) -> None:
    """Write the active version to Redis again, from its artefact and the event log.

    Restores all that was published with it, and the active pointer if it is missing. If a worker
    is publishing, one waits for the other.
    """
    done = wiring.rebuild()
    said = f"version {done.version} is in Redis with {done.lists} lists" if done else NO_VERSION
    print_result(done._asdict() if done else None, said, json)


@app.command()
def rollback(
    to: Annotated[
        int | None, typer.Option(min=1, help="Version to activate; the previous one by default.")
    ] = None,
    hold: Annotated[
        bool,
        typer.Option(
            "--hold/--no-hold", help="Keep retrains from activating another until `batch release`."
        ),
    ] = True,
    json: Json = False,
) -> None:
    """Activate an older version again, and hold it; recorded as a decision.

    A version whose keys are missing from Redis is written again first. Retrains are still evaluated
    meanwhile, and recorded as held; with --no-hold the next one that passes goes live. Exit code 2
    if there is no such version or no previous one, 6 if its artefact is damaged.
    """
    done = wiring.rollback(to, hold)
    until = ", and held until `reelstream batch release`" if hold else ""
    print_result(done, f"version {done.version} is active again{until}", json)


@app.command()
def release(json: Json = False) -> None:
    """Let retrains activate versions again, after a rollback that held one.

    The next retrain that passes goes live; `reelstream retrain` asks for one. Exit code 2 if no
    version is held.
    """
    version = wiring.release()
    said = f"version {version} is no longer held: the next retrain that passes goes live"
    print_result({"version": version}, said, json)


@app.command()
def models(
    json: Json = False,
    picture: Annotated[
        Path | None, typer.Option(help="Draw the versions' hit rates to this file.")
    ] = None,
) -> None:
    """List every retrain with its version, decision, metrics and reason, and what is active."""
    found = wiring.models()
    if picture:
        with judging_tools():
            quality_plot.draw_retrains(found, picture)
    if json or not found:
        print_result(found, NO_VERSION, json)
    else:
        version_commands.show(found)


@app.command()
def tastes(json: Json = False) -> None:
    """Show the active version's top tens for twelve tastes, after one, three and five ratings.

    Somebody new gives five stars to well-known horror movies, westerns and so on; an
    asterisk marks the movies of the list that fit. Needs a catalogue; tastes with fewer than five
    known movies are listed.
    """
    found = wiring.tastes()
    print_result(found, taste_lists.told(found) if found else NO_VERSION, json)


app.command()(evaluate)
app.command()(tune)
app.command()(export)

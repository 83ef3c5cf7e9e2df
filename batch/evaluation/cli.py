"""`reelstream batch evaluate` and `batch tune`: any MovieLens release, no Kafka and no Redis."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import msgspec
import typer

from batch.evaluation.tools import Say, judging_tools, progress
from batch.sessions import Sessions, spark_sessions

if TYPE_CHECKING:
    from batch.evaluation.comparing import Compared, Measured
    from batch.evaluation.dataset import Ratings
    from batch.evaluation.protocols import LineUp, Outcome

PAGE_WIDTH = 180
"""Of tables that go to a file."""


class Protocol(StrEnum):
    """What is held out."""

    random = "random"
    last = "last"
    prequential = "prequential"


Release = Annotated[
    Path, typer.Argument(help="A MovieLens release: a folder, a zip, or a file of ratings.")
]
Protocols = Annotated[
    list[Protocol] | None,
    typer.Option(
        "--protocol",
        help="random: a fifth of all ratings, over several seeds. last: everybody's last fifth. "
        "prequential: the last fifth in time, each event scored before it is learned. All of them "
        "unless said; may be given more than once.",
        show_default=False,
    ),
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        help="reelstream, popular, popular-7-days, item-cosine, ease, nmf, implicit-als, "
        "mllib-als. All of them unless said; may be given more than once.",
        show_default=False,
    ),
]
Tuned = Annotated[
    Path | None,
    typer.Option(
        help="Parameters by split, as `batch tune --out` writes them; the defaults otherwise."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, for programs.")]


def evaluate(
    path: Release,
    protocol: Protocols = None,
    model: Models = None,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="Splits of `random`.")] = 5,
    k: Annotated[int, typer.Option(min=1, max=100, help="Length of the judged lists.")] = 10,
    tuned: Tuned = None,
    picture: Annotated[
        Path | None, typer.Option(help="Draw it, too: a path ending in .png, .svg or .pdf.")
    ] = None,
    json: Json = False,
) -> None:
    """Compare models on a release: ranking quality over all movies, and predicted stars.

    Every movie is ranked, all that a user rated before is masked, whoever has a held-out like
    counts. Needs neither Kafka nor Redis; needs the extra `judge`, and Java for mllib-als.
    """
    with judging_tools():
        from batch.evaluation.comparing import compared, measured
        from batch.evaluation.dataset import load
        from batch.evaluation.lineup import NAMES
        from batch.evaluation.picture import draw, require_drawable

        if picture:
            require_drawable(picture)
        with progress(json) as say, spark_sessions("reelstream-evaluate", "2g") as session:
            say("reading")
            ratings = load(path)
            taking_part = _line_up(model or list(NAMES), tuned, session)
            chosen = protocol or list(Protocol)
            judging = Judging(ratings, taking_part, seeds, k, say)
            outcomes = [_outcome(one, judging) for one in chosen]
        values = [row for outcome in outcomes for row in measured(outcome)]
        beside = [row for outcome in outcomes for row in compared(outcome)]
        if picture:
            draw(values, picture)
        _show(values, beside, json)


def tune(
    path: Release,
    split: Annotated[
        str, typer.Option(help="random-SEED, last or prequential: whose training side it is.")
    ] = "prequential",
    trials: Annotated[int, typer.Option(min=1, max=10_000, help="Of ranking and of stars.")] = 60,
    folds: Annotated[
        int,
        typer.Option(
            min=0, max=20, help="Judge stars by cross-validation over so many folds; 0: as lists."
        ),
    ] = 0,
    journal: Annotated[
        Path, typer.Option(help="Where trials are kept; a search goes on with what is there.")
    ] = Path("state/tune.log"),
    out: Annotated[
        Path | None, typer.Option(help="File of parameters by split, to put the best into.")
    ] = None,
    json: Json = False,
) -> None:
    """Search hyper-parameters on a part of the training side; the judged side is not looked at.

    Resumable and, from an empty journal, the same for the same release and number of trials.
    """
    with judging_tools():
        import optuna

        from batch.evaluation.dataset import load
        from batch.evaluation.parameters import add
        from batch.evaluation.tuning import Tuning, train_side, tune
        from batch.native import Native

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        journal.parent.mkdir(parents=True, exist_ok=True)
        with progress(json) as say:
            say("reading")
            tuning = Tuning(train_side(load(path), split), split, Native(_threads()), folds)

            def told(study: str, done: int, best: float) -> None:
                say(f"{split}: {study}, {done} of {trials} trials, best {best:.4f}")

            best = tune(tuning, trials, journal, told)
        if out:
            add(out, split, best)
        shown = msgspec.json.encode({split: best})
        sys.stdout.write((shown if json else msgspec.json.format(shown)).decode() + "\n")


def _line_up(names: list[str], tuned: Path | None, session: Sessions) -> "LineUp":
    from batch.evaluation.lineup import line_up
    from batch.evaluation.parameters import read
    from batch.native import Native
    from contracts.artefact import Parameters

    known = read(tuned) if tuned else {}
    return line_up(names, Parameters(), known, Native(_threads()), session)


class Judging(NamedTuple):
    """What all protocols share."""

    ratings: "Ratings"
    taking_part: "LineUp"
    seeds: int
    k: int
    say: Say


def _outcome(protocol: Protocol, judging: Judging) -> "Outcome":
    from batch.evaluation.protocols import lists_protocol, prequential, random_splits

    ratings, taking_part, seeds, k, say = judging
    if protocol is Protocol.prequential:
        return prequential(ratings, taking_part, k, say)
    names = random_splits(seeds) if protocol is Protocol.random else ["last"]
    return lists_protocol(protocol.value, names, ratings, taking_part, k, say)


def _show(values: list["Measured"], beside: list["Compared"], json: bool) -> None:
    if json:
        found = msgspec.json.encode({"measured": values, "compared": beside})
        sys.stdout.write(found.decode() + "\n")
        return
    from rich.console import Console

    from batch.evaluation.tables import tables

    console = Console()
    if not console.is_terminal:
        console = Console(width=PAGE_WIDTH)
    for table in tables(values, beside):
        console.print(table)


def _threads() -> int:
    return os.cpu_count() or 1

"""`reelstream batch evaluate` and `batch tune`: any MovieLens release, no Kafka and no Redis."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from batch.evaluation.judging_libraries import judging_tools
from batch.evaluation.options import Comparison, Protocol, Search
from contracts.lazy_module import LazyModule

if TYPE_CHECKING:
    from batch.evaluation import tuning_wiring, wiring
else:
    tuning_wiring = LazyModule("batch.evaluation.tuning_wiring")
    wiring = LazyModule("batch.evaluation.wiring")

Release = Annotated[
    Path, typer.Argument(help="A MovieLens release: a folder, a zip, or a file of ratings.")
]
Protocols = Annotated[
    list[Protocol] | None,
    typer.Option(
        "--protocol",
        help="random: a fifth of all ratings, over several seeds. last: each user's last fifth. "
        "return: the sessions of people who come back, in ten windows. onboard: newcomers' "
        "first sessions, after 1, 3, 5 and 10 likes. prequential: the last fifth in time, each "
        "event scored before it is learned, by the gap since the last one, and once more "
        "with the order inside sessions shuffled. All of them by default; repeatable.",
        show_default=False,
    ),
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        help="reelstream, popular, popular-7-days, item-cosine, ease, nmf, implicit-als, "
        "mllib-als. All of them by default; repeatable.",
        show_default=False,
    ),
]
Tuned = Annotated[
    Path | None,
    typer.Option(help="Parameters by split, as written by `batch tune --out`; else the defaults."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")]


def evaluate(
    path: Release,
    protocol: Protocols = None,
    model: Models = None,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="Number of random splits.")] = 5,
    k: Annotated[int, typer.Option(min=1, max=100, help="Length of the evaluated lists.")] = 10,
    tuned: Tuned = None,
    picture: Annotated[
        Path | None, typer.Option(help="Also draw it to this path, ending in .png, .svg or .pdf.")
    ] = None,
    json: Json = False,
) -> None:
    """Compare models on a release: ranking quality over all movies, and predicted stars.

    Ranks every movie except those that the user rated before, and averages over the users with a
    held-out like. Needs neither Kafka nor Redis, but the extra `judge`, and Java for mllib-als.
    """
    asked = Comparison(protocol or list(Protocol), model, seeds, k, tuned, picture)
    with judging_tools():
        wiring.evaluate(path, asked, json)


def tune(
    paths: Annotated[
        list[Path],
        typer.Argument(help="Releases that the parameters should suit."),
    ],
    split: Annotated[
        str, typer.Option(help="Split to search on: random-SEED, last, prequential or cut-PERCENT.")
    ] = "prequential",
    trials: Annotated[int, typer.Option(min=1, max=10_000, help="Number of trials.")] = 60,
    journal: Annotated[
        Path, typer.Option(help="File of trials; an existing one is continued.")
    ] = Path("state/tune.log"),
    out: Annotated[
        Path | None, typer.Option(help="File to write the best parameters to, by split.")
    ] = None,
    json: Json = False,
) -> None:
    """Search hyper-parameters on the training side of a split; held-out ratings are never used.

    The ranking is tuned for returning people and newcomers, predicted stars for their error.
    Resumable; an empty journal gives the same result for the same releases and trials.
    """
    with judging_tools():
        best = tuning_wiring.tune(paths, Search(split, trials, journal, out), quiet=json)
    parameters = msgspec.json.encode({split: best})
    sys.stdout.write((parameters if json else msgspec.json.format(parameters)).decode() + "\n")

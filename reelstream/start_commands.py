"""`reelstream demo` and `reelstream up`: everything on this machine."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.command_output import print_result
from contracts.lazy_module import LazyModule
from contracts.process_exit import FAILED, USAGE, Failure

if TYPE_CHECKING:
    from reelstream import run_summary, start_wiring
else:
    run_summary = LazyModule("reelstream.run_summary")
    start_wiring = LazyModule("reelstream.start_wiring")

SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}

DataOption = Annotated[
    Path | None,
    typer.Option(help="A MovieLens release; by default REELSTREAM_DATA or a download."),
]


def demo(
    data: DataOption = None,
    generated: Annotated[
        bool, typer.Option("--generated", help="Generate ratings: no real people or movies.")
    ] = False,
    for_: Annotated[
        str | None, typer.Option("--for", help="Stop after this time, e.g. 90s or 3m.")
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print the result as one JSON object.")
    ] = False,
) -> None:
    """Show the whole loop on this machine, with real Kafka, Spark, Redis and ratings.

    The older 90 % of the data set is loaded as history, a model is trained, and the rest is
    replayed live while the page at http://127.0.0.1:8000/ follows. Ctrl-C ends it with a summary.
    Every demo starts from scratch, with its own Kafka. Exit code 20 if it ended before any live
    rating, or if an event was not counted exactly once.
    """
    limit_s = None if for_ is None else duration_s(for_)
    if generated and data:
        what_to_do = "give one of them"
        raise Failure("both --data and --generated", "--data, --generated", what_to_do, USAGE)
    result, state = start_wiring.demo(data, generated, limit_s)
    print_result(result, run_summary.text(result), json)
    if limit_s is not None and not result.complete:
        what, to_do = "it ended before any live rating", "give it more time, e.g. --for 3m"
        raise Failure(what, "--for", to_do, FAILED)
    if not result.conserved:
        what = "events were lost, repeated or rejected"
        raise Failure(what, str(state), "see the counts above and the logs in that folder", FAILED)


def up(data: DataOption = None) -> None:
    """Keep everything running on this machine, and resume where it was stopped.

    The first start loads the whole data set with its own timestamps and trains a model; later ones
    need no data and continue with the existing ratings, models and lists. Kafka and Redis are
    embedded, unless REELSTREAM_KAFKA or REELSTREAM_REDIS_URL is set. Ctrl-C stops it; `reelstream
    reset` deletes everything.
    """
    counted, state = start_wiring.up(data)
    said = f"{counted} ratings are saved in {state}; `reelstream up` resumes from there"
    sys.stdout.write(f"{said}\n")


def duration_s(text: str) -> int:
    """Seconds of a duration such as 90, 90s, 3m or 1h.

    Raises:
        Failure: if it is not one.
    """
    match = re.fullmatch(r"([1-9]\d{0,5})([smh]?)", text)
    if match is None:
        raise Failure(f"{text!r} is not a duration", "--for", "use e.g. 90s or 3m", USAGE)
    return int(match[1]) * SECONDS[match[2]]

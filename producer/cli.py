"""`reelstream producer`: replay, validate, fetch or generate a data set; rate a movie."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.command_output import print_result
from contracts.lazy_module import LazyModule
from contracts.process_exit import INTERRUPTED, REJECTED, USAGE, Failure
from producer.generate import WHAT_IT_IS_NOT
from producer.replay_options import Clock, Options, pace_of

if TYPE_CHECKING:
    from producer import wiring
else:
    wiring = LazyModule("producer.wiring")

app = typer.Typer(help="Turn a MovieLens release into rating events, in time order.")

PIPE_CLOSED = 128 + signal.SIGPIPE
DEFAULT_SHAPE = (6_000, 4_000, 1_000_000)

Release = Annotated[
    Path, typer.Argument(help="A MovieLens release: a folder, a zip, or a file of ratings.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON lines, for programs.")]
MaxRejects = Annotated[int, typer.Option(min=0, help="Maximum number of invalid rows tolerated.")]
AllowEmpty = Annotated[bool, typer.Option("--allow-empty", help="Accept a file without ratings.")]


@app.command()
def replay(
    path: Release,
    rate: Annotated[str, typer.Option(help="Rows per second, or `unlimited`.")] = "unlimited",
    speed: Annotated[
        float | None,
        typer.Option(help="Instead of --rate: the data set's own pace, this many times as fast."),
    ] = None,
    first: Annotated[
        str,
        typer.Option("--from", help="Start at a share, a row or a time: 90%, 1000, 2018-01-31."),
    ] = "0%",
    until: Annotated[str, typer.Option(help="Stop before a share, a row or a time.")] = "100%",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Maximum number of rows to send.")
    ] = None,
    clock: Annotated[
        Clock, typer.Option(help="Keep the data set's timestamps, or use the time of sending.")
    ] = Clock.original,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue this replay where it was interrupted.")
    ] = False,
    ledger: Annotated[
        Path | None,
        typer.Option(help="Progress file to write, instead of one in <state>/ledgers."),
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(
            min=1, max=3600, help="Seconds without an answer from Kafka before giving up."
        ),
    ] = 60,
    max_rejects: MaxRejects = 0,
    allow_empty: AllowEmpty = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write the events to stdout, one per line.")
    ] = False,
    json: Json = False,
) -> None:
    """Send ratings to Kafka in time order, keyed by user; exit 0 only if all were acknowledged.

    Event ids depend only on the row, not on the clock: sending a row again repeats its event.
    """
    allowed = pace_of(rate, speed)
    if dry_run and (resume or ledger or speed or rate != "unlimited"):
        what, to_do = "a dry run has no pace and no ledger", "leave those options out"
        raise Failure(what, "--dry-run", to_do, USAGE)
    options = Options(
        path, first, until, limit, allowed, speed, clock, timeout, max_rejects, allow_empty
    )
    with until_closed():
        if dry_run:
            wiring.dry_run(options, json)
        elif not wiring.replay(options, ledger, resume, json):
            raise typer.Exit(INTERRUPTED)


@app.command()
def validate(
    path: Release, max_rejects: MaxRejects = 0, allow_empty: AllowEmpty = False, json: Json = False
) -> None:
    """Report what a release holds and what is wrong with it; exit 3 if it is rejected.

    It is read as `up` and `demo` read it: damaged lines in files other than the ratings are
    reported and ignored, but a movies file in an unknown format is rejected.
    """
    rejected, report = wiring.validate(path, allow_empty, json)
    with until_closed():
        sys.stdout.write(report)
        sys.stdout.flush()
    if rejected > max_rejects:
        raise typer.Exit(REJECTED)


@app.command()
def catalogue(
    path: Annotated[
        Path | None,
        typer.Argument(help="A MovieLens release; the catalogue saved last, if omitted."),
    ] = None,
    json: Json = False,
) -> None:
    """Publish movies, people and personas: to a file beside the event log, then to Redis.

    Without a release, the saved file is written to Redis again.
    """
    done = wiring.catalogue(path)
    said = f"published {done.movies} movies and {done.personas} personas"
    print_result(done._asdict(), said, json)


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="ml-25m, ml-32m, ml-1m …")] = "ml-latest-small",
) -> None:
    """Download a release from GroupLens, or find it in the cache; print its path."""
    sys.stdout.write(f"{wiring.fetch(name)}\n")


@app.command(help=f"Make a MovieLens-shaped data set of any size.\n\n{WHAT_IT_IS_NOT}")
def generate(
    folder: Annotated[Path, typer.Argument(help="A new folder, in the layout of MovieLens 25M.")],
    users: Annotated[int, typer.Option(min=1, help="Number of users.")] = DEFAULT_SHAPE[0],
    movies: Annotated[int, typer.Option(min=1, help="Number of movies.")] = DEFAULT_SHAPE[1],
    ratings: Annotated[int, typer.Option(min=1, help="Number of ratings.")] = DEFAULT_SHAPE[2],
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random numbers.")] = 1,
) -> None:
    """Make a MovieLens-shaped data set; see `producer.generate`."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Failure(f"{folder} already exists", "producer generate", "choose a new folder", USAGE)
    wiring.generate(folder, users, movies, ratings, seed)
    sys.stdout.write(f"{folder}\n")


@app.command()
def rate(
    user: Annotated[int, typer.Argument(help="User id.")],
    movie: Annotated[int, typer.Argument(help="Movie id.")],
    stars: Annotated[float, typer.Argument(help="0.5 to 5, in half steps.")],
) -> None:
    """Send one live rating of a movie in the catalogue; print the acknowledged event."""
    sys.stdout.write(f"{wiring.rate(user, movie, stars)}\n")


@contextmanager
def until_closed() -> Iterator[None]:
    """Within, a closed stdout, as with `| head`, ends the process silently."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nor at exit
        raise typer.Exit(PIPE_CLOSED) from None

"""`reelstream producer`: replay a data set, look at it, fetch or generate one, rate a movie."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from contracts.edge import INTERRUPTED, REJECTED, USAGE, Failure, until_stopped
from producer.generate import WHAT_IT_IS_NOT
from producer.options import Clock, Options

if TYPE_CHECKING:
    from contracts.ledger import Ledger

app = typer.Typer(help="Turn a MovieLens release into rating events, in time order.")

PIPE_CLOSED = 128 + signal.SIGPIPE
MAX_RATE = 1_000_000
MAX_SPEED = 1_000_000_000
DEFAULT_SHAPE = (6_000, 4_000, 1_000_000)

Release = Annotated[
    Path, typer.Argument(help="A MovieLens release: a folder, a zip, or a file of ratings.")
]
Json = Annotated[bool, typer.Option("--json", help="Print lines of JSON, for programs.")]
MaxRejects = Annotated[int, typer.Option(min=0, help="Rows that may be no ratings.")]
AllowEmpty = Annotated[
    bool, typer.Option("--allow-empty", help="A file without ratings is no error.")
]


@app.command()
def replay(
    path: Release,
    rate: Annotated[str, typer.Option(help="Rows a second, or `unlimited`.")] = "unlimited",
    speed: Annotated[
        float | None, typer.Option(help="Instead: the data set's own time, so many times as fast.")
    ] = None,
    first: Annotated[
        str,
        typer.Option("--from", help="Begin at a share, a row or a time: 90%, 1000, 2018-01-31."),
    ] = "0%",
    until: Annotated[str, typer.Option(help="End before a share, a row or a time.")] = "100%",
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many rows; all, if there are fewer.")
    ] = None,
    clock: Annotated[
        Clock, typer.Option(help="Carry the data set's times, or the time of sending.")
    ] = Clock.original,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where this very replay was ended.")
    ] = False,
    ledger: Annotated[
        Path | None,
        typer.Option(help="Where to note what was acknowledged, instead of <state>/ledgers."),
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=1, max=3600, help="Seconds that Kafka may be silent.")
    ] = 60,
    max_rejects: MaxRejects = 0,
    allow_empty: AllowEmpty = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write the same bytes to stdout, an event a line.")
    ] = False,
    json: Json = False,
) -> None:
    """Send ratings to Kafka in time order, keyed by user; exit 0 only if all were acknowledged.

    Ids come from the row, whatever the clock: to send a row again repeats its event.
    """
    from contracts.settings import from_environment
    from producer import job
    from producer.show import shown, summary

    allowed = pace_of(rate, speed)
    if dry_run and (resume or ledger or speed or rate != "unlimited"):
        what, to_do = "a dry run has no pace and no ledger", "leave those options out"
        raise Failure(what, "--dry-run", to_do, USAGE)
    warn_of_clock()
    settings = from_environment()
    options = Options(
        path, first, until, limit, allowed, speed, clock, timeout, max_rejects, allow_empty
    )
    if dry_run:
        with shown(json) as show, until_closed():
            job.dry_run(options, settings.partitions, sys.stdout.buffer, show)
        return
    with until_stopped() as stopping, until_closed():
        with shown(json) as show:
            ended = job.send(options, settings, ledger, resume, stopping, show)
        said = summary(ended) if json else result_line(ended, settings.topics.ratings)
        sys.stdout.write(f"{said}\n")
        if stopping() and ended and ended.next < ended.until:
            raise typer.Exit(INTERRUPTED)


@app.command()
def validate(
    path: Release, max_rejects: MaxRejects = 0, allow_empty: AllowEmpty = False, json: Json = False
) -> None:
    """Say what is in a release and what is wrong with it; exit 3 if rows are no ratings."""
    from producer.validate import as_json, as_text, look

    warn_of_clock()
    found = look(path, allow_empty)
    with until_closed():
        sys.stdout.write(as_json(found) if json else as_text(found))
        sys.stdout.flush()
    if sum(found.rejected.values()) > max_rejects:
        raise typer.Exit(REJECTED)


@app.command()
def catalogue(
    path: Annotated[
        Path | None,
        typer.Argument(help="A MovieLens release; the file that is kept, if none is given."),
    ] = None,
    json: Json = False,
) -> None:
    """Publish movies, people and personas: a file beside the event log, then Redis.

    Without a release, Redis gets again what the file holds.
    """
    from contracts.catalogue import load, save
    from contracts.clock import now_ms
    from contracts.movielens.layouts import open_release
    from contracts.movielens.rows import latest_second
    from contracts.settings import from_environment
    from contracts.store.catalogue import CatalogueStore
    from contracts.store.connection import connect
    from producer.catalogue import build

    settings = from_environment()
    if path is not None:
        save(settings.catalogue, build(open_release(path), latest_second(now_ms())))
    if not settings.catalogue.is_file():
        what_to_do = "give a MovieLens release"
        raise Failure("no catalogue is kept", str(settings.catalogue), what_to_do, USAGE)
    kept = load(settings.catalogue)
    CatalogueStore(connect(settings.redis_url, timeout_s=5), settings.keys).write(kept)
    movies, personas = len(kept.movies), len(kept.personas)
    as_json = msgspec.json.encode({"movies": movies, "personas": personas}).decode()
    said = f"published {movies} movies and {personas} personas"
    sys.stdout.write(f"{as_json if json else said}\n")


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="ml-25m, ml-32m, ml-1m …")] = "ml-latest-small",
) -> None:
    """Download a release from GroupLens, or find it in the cache; print where it is."""
    from contracts.settings import cache_folder
    from producer.fetch import fetch as fetched
    from producer.releases import release
    from producer.show import downloading

    with downloading(name) as report:
        found = fetched(release(name), cache_folder(), report)
    sys.stdout.write(f"{found}\n")


@app.command(help=f"Make a MovieLens-shaped data set of any size.\n\n{WHAT_IT_IS_NOT}")
def generate(
    folder: Annotated[Path, typer.Argument(help="A new folder; it gets the layout of 25M.")],
    users: Annotated[int, typer.Option(min=1, help="How many users.")] = DEFAULT_SHAPE[0],
    movies: Annotated[int, typer.Option(min=1, help="How many movies.")] = DEFAULT_SHAPE[1],
    ratings: Annotated[int, typer.Option(min=1, help="How many ratings.")] = DEFAULT_SHAPE[2],
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another set.")] = 1,
) -> None:
    """Make a MovieLens-shaped data set; see `producer.generate`."""
    from producer.generate import Shape
    from producer.generate import generate as generated
    from producer.show import counting

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Failure(f"{folder} is there already", "producer generate", "name a new one", USAGE)
    with counting("generating", ratings) as report:
        generated(folder, Shape(users, movies, ratings, seed), report)
    sys.stdout.write(f"{folder}\n")


@app.command()
def rate(
    user: Annotated[int, typer.Argument(help="User id.")],
    movie: Annotated[int, typer.Argument(help="Movie id.")],
    stars: Annotated[float, typer.Argument(help="0.5 to 5, in half steps.")],
) -> None:
    """Send one live rating, and print its event as it was acknowledged."""
    from contracts.settings import from_environment
    from producer.rate import send_one

    sys.stdout.write(send_one(from_environment(), user, movie, stars) + "\n")


@contextmanager
def until_closed() -> Iterator[None]:
    """Within, whoever reads our output may leave, as `head` does: that ends us without a word."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nor at exit
        raise typer.Exit(PIPE_CLOSED) from None


def pace_of(rate: str, speed: float | None) -> float | None:
    """Rows a second, None for no limit, if a replay can have this rate and this speed.

    Raises:
        Failure: naming the option and its value.
    """
    allowed = rate_of(rate)
    if speed is None:
        return allowed
    if not 0 < speed <= MAX_SPEED:
        what_to_do = f"give a factor above 0, up to {MAX_SPEED:,}"
        raise Failure(f"a speed of {speed:g}", "--speed", what_to_do, USAGE)
    if allowed is not None:
        raise Failure("both a rate and a speed", "--rate, --speed", "give one of them", USAGE)
    return None


def rate_of(text: str) -> float | None:
    """Rows a second; None for no limit.

    Raises:
        Failure: if it is neither.
    """
    if text == "unlimited":
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= MAX_RATE:
        what_to_do = f"give rows a second, above 0 and up to {MAX_RATE:,}, or `unlimited`"
        raise Failure(f"a rate of {text}", "--rate", what_to_do, USAGE)
    return rate


def warn_of_clock() -> None:
    """Say so when the clock cannot be right; ids and original times do not depend on it."""
    from contracts.clock import now_ms
    from contracts.movielens.rows import CLOCK_FROM_S

    if now_ms() < CLOCK_FROM_S * 1000:
        sys.stderr.write("warning: the clock says a year before 2020\n")


def result_line(ended: "Ledger | None", topic: str) -> str:
    """What a replay did, for people."""
    if ended is None:
        return f"0 ratings, nothing sent to {topic}"
    refused = f", {ended.refused} refused as too large" if ended.refused else ""
    return f"{ended.acknowledged} of {ended.total} rows acknowledged by {topic}{refused}"

"""`reelstream producer`: replay a data set, publish its catalogue."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.clock import now_ms
from contracts.edge import INTERRUPTED, USAGE, Failure, until_stopped

if TYPE_CHECKING:
    from producer.replay import Counts

app = typer.Typer(help="Turn a MovieLens release into rating events, in time order.")

REPORT_EVERY_S = 0.5


class Clock(StrEnum):
    """Whose time an event carries."""

    original = "original"
    now = "now"


Folder = Annotated[Path, typer.Argument(help="Folder of a MovieLens CSV release.")]


@app.command()
def replay(
    path: Folder,
    rate: Annotated[
        float | None, typer.Option(help="Events a second; as fast as possible if not given.")
    ] = None,
    first: Annotated[
        float, typer.Option("--from", min=0, max=1, help="Begin at this share of the rows.")
    ] = 0,
    until: Annotated[float, typer.Option(min=0, max=1, help="End at this share of the rows.")] = 1,
    clock: Annotated[
        Clock, typer.Option(help="Carry the data set's times, or the time of sending.")
    ] = Clock.original,
    json: Annotated[
        bool, typer.Option("--json", help="Print counts as JSON lines instead of a progress bar.")
    ] = False,
) -> None:
    """Send ratings to Kafka in time order, keyed by user; exit 0 only if all were acknowledged."""
    from contracts.clients import Admin, Producer
    from contracts.movielens import read_ratings
    from contracts.settings import from_environment
    from producer.events import events
    from producer.pace import paced
    from producer.replay import Counts
    from producer.replay import replay as send_all

    check_options(rate, first, until)
    settings = from_environment()
    ratings = read_ratings(path).between(first, until)
    admin = Admin(settings.kafka)
    partitions = admin.identity(settings.topics.ratings).partitions
    admin.close()
    sender = Producer(settings.kafka, "reelstream-producer")
    counts = Counts(total=len(ratings))
    rated_at = (lambda at_s: at_s * 1000) if clock is Clock.original else (lambda _: now_ms())
    timed = paced(events(ratings, rated_at), rate, time.monotonic, time.sleep)
    with until_stopped() as stopping, reporting(json) as report:
        topic = settings.topics.ratings
        send_all(timed, counts, sender, topic, partitions, stopping, report)
        was_stopped = stopping()
    sender.close()
    sys.stdout.write(result_line(counts, topic) if not json else "")
    if was_stopped:
        raise typer.Exit(INTERRUPTED)


@app.command()
def catalogue(path: Folder) -> None:
    """Publish titles, genres and personas: a file beside the event log, then Redis."""
    from contracts.catalogue import save
    from contracts.movielens import read_ratings
    from contracts.settings import from_environment
    from contracts.store.catalogue import CatalogueStore
    from contracts.store.connection import connect
    from producer.personas import build

    settings = from_environment()
    built = build(path, read_ratings(path))
    save(settings.catalogue, built)
    CatalogueStore(connect(settings.redis_url, timeout_s=5), settings.keys).write(built)
    sys.stdout.write(f"published {len(built.movies)} movies and {len(built.personas)} personas\n")


def check_options(rate: float | None, first: float, until: float) -> None:
    """Refuse values that no replay can have.

    Raises:
        Failure: naming the option and its value.
    """
    if rate is not None and not 0 < rate < float("inf"):
        raise Failure(f"a rate of {rate}", "--rate", "give events a second, above 0", USAGE)
    if first >= until:
        what = f"nothing lies between {first} and {until}"
        raise Failure(what, "--from, --until", "give a smaller --from", USAGE)


def result_line(counts: "Counts", topic: str) -> str:
    """What a replay did, for people."""
    return f"sent {counts.sent} events to {topic}, {counts.acknowledged} acknowledged\n"


@contextmanager
def reporting(json: bool) -> "Iterator[Callable[[Counts], None]]":
    """A function that shows counts, at most twice a second and at the end."""
    shown_at = float("-inf")
    with _json_lines() if json else _progress_bar() as show:

        def report(counts: "Counts") -> None:
            nonlocal shown_at
            finished = counts.sent == counts.acknowledged + counts.failed
            if finished or time.monotonic() - shown_at > REPORT_EVERY_S:
                shown_at = time.monotonic()
                show(counts)

        yield report


@contextmanager
def _json_lines() -> "Iterator[Callable[[Counts], None]]":
    def show(counts: "Counts") -> None:
        names = ("total", "sent", "acknowledged", "failed")
        fields = ", ".join(f'"{name}": {getattr(counts, name)}' for name in names)
        sys.stdout.write(f"{{{fields}}}\n")
        sys.stdout.flush()

    yield show


@contextmanager
def _progress_bar() -> "Iterator[Callable[[Counts], None]]":
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task("replaying")
        yield lambda counts: progress.update(
            task,
            total=counts.total,
            completed=counts.acknowledged,
            description=f"replaying, {counts.sent - counts.acknowledged} in flight",
        )


@app.command()
def fetch() -> None:
    """Download ml-latest-small from GroupLens, or find it in the cache; print its folder."""
    from contracts.settings import cache_folder
    from producer.fetch import LATEST_SMALL
    from producer.fetch import fetch as fetched

    folder = fetched(LATEST_SMALL, cache_folder(), _downloaded)
    sys.stdout.write(f"{folder}\n")


def _downloaded(size: int) -> None:
    sys.stderr.write(f"\rdownloaded {size / 1e6:.1f} MB")

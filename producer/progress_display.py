"""Progress of a replay: a progress bar for people, lines of JSON for programs."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from contracts.replay_ledger import Ledger
from producer.open_ratings import ProgressView

REPORT_EVERY_S = 0.5


class JsonLines:
    """A line of JSON on stdout, at most twice a second."""

    def __init__(self) -> None:
        """Begin with nothing said."""
        self._said_at = float("-inf")

    def reading(self, done: int, total: int) -> None:
        """Say nothing: rows are what programs wait for."""

    def replaying(self, ledger: Ledger) -> None:
        """Say how far it is."""
        if time.monotonic() - self._said_at < REPORT_EVERY_S:
            return
        self._said_at = time.monotonic()
        sys.stdout.write(summary(ledger) + "\n")
        sys.stdout.flush()


class ProgressBars:
    """One bar for reading and sorting, one for sending, on stderr."""

    def __init__(self, progress: Progress) -> None:
        """Begin with the bar for reading."""
        self._progress = progress
        self._read = progress.add_task("reading", total=None, what="")
        self._sent = progress.add_task("sending", total=None, what="", visible=False)
        self._began: tuple[float, int] | None = None

    def reading(self, done: int, total: int) -> None:
        """Show how much has been read."""
        what = _megabytes(done, total)
        self._progress.update(self._read, completed=done, total=total, what=what)

    def replaying(self, ledger: Ledger) -> None:
        """Show how much has been acknowledged, how fast, and what is in flight."""
        now, done, total = time.monotonic(), ledger.next - ledger.first, ledger.total
        began, had = self._began = self._began or (now, done)
        rate = (done - had) / max(now - began, 0.001)
        what = f"{done:,} of {total:,}, {rate:,.0f}/s, {ledger.sent - ledger.next:,} in flight"
        self._progress.update(self._sent, completed=done, total=total, what=what, visible=True)


@contextmanager
def progress_view(json: bool) -> Iterator[ProgressView]:
    """Within, a replay shows how it goes."""
    if json:
        yield JsonLines()
        return
    with _bar() as progress:
        yield ProgressBars(progress)


def summary(ledger: Ledger | None) -> str:
    """A replay's counts as JSON; zeros where there was nothing to send."""
    if ledger is None:
        return '{"total":0,"sent":0,"acknowledged":0,"refused":0,"sha256":null}'
    counts = {
        "total": ledger.total,
        "sent": ledger.handed,
        "acknowledged": ledger.acknowledged,
        "refused": ledger.refused,
        "sha256": ledger.data,
    }
    return msgspec.json.encode(counts).decode()


def result_line(ended: Ledger | None, topic: str) -> str:
    """What a replay did, for people."""
    if ended is None:
        return f"0 ratings, nothing sent to {topic}"
    refused = f", {ended.refused} refused as too large" if ended.refused else ""
    return f"{ended.acknowledged} of {ended.total} rows acknowledged by {topic}{refused}"


@contextmanager
def counting(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Within, a function that shows how many of a total are done."""
    with _bar() as progress:
        task = progress.add_task(what, total=total, what="")
        yield lambda done: progress.update(task, completed=done, what=f"{done:,} of {total:,}")


@contextmanager
def downloading(name: str) -> Iterator[Callable[[int, int], None]]:
    """Within, a function that shows how many bytes have come, and of how many."""
    with _bar() as progress:
        task = progress.add_task(name, total=None, what="")

        def report(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total, what=_megabytes(done, total))

        yield report


def _megabytes(done: int, total: int) -> str:
    return f"{done / 1e6:,.1f} of {total / 1e6:,.1f} MB"


def _bar() -> Progress:
    columns = (TextColumn("{task.description:7}"), BarColumn(), TextColumn("{task.fields[what]}"))
    console = Console(stderr=True)
    # Where nobody looks, an error stays the only line.
    unseen = not console.is_terminal
    return Progress(*columns, TimeRemainingColumn(), console=console, disable=unseen)

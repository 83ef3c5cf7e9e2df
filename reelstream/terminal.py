"""A run's live summary in the terminal: a panel on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from contracts.clock import now_ms
from reelstream.progress import State
from reelstream.run import Run
from reelstream.summary import behind, freshness

MARKS = {State.waiting: "·", State.running: "…", State.done: "✓"}
LINE_EVERY_S = 5.0
REDRAW_EVERY_S = 0.5
ANNOUNCEMENTS = 4


@dataclass
class Terminal:
    """Shows a run on stderr; stdout is for its result."""

    console: Console = field(default_factory=lambda: Console(stderr=True))
    announcements: list[str] = field(default_factory=list)
    _live: Live | None = None
    _shown_at: float = float("-inf")

    @contextmanager
    def running(self) -> Iterator[None]:
        """Within, the panel is kept on a terminal."""
        if not self.console.is_terminal:
            yield
            return
        with Live(console=self.console, auto_refresh=False) as live:
            self._live = live
            yield
        self._live = None

    def announce(self, message: str) -> None:
        """Say something that happened, such as a restart."""
        self.announcements = [*self.announcements, message][-ANNOUNCEMENTS:]
        if self._live is None:
            sys.stderr.write(f"{message}\n")

    def show(self, run: Run) -> None:
        """Draw the run as it stands, not too often."""
        every = REDRAW_EVERY_S if self._live else LINE_EVERY_S
        if time.monotonic() - self._shown_at < every:
            return
        self._shown_at = time.monotonic()
        if self._live:
            self._live.update(self._panel(run), refresh=True)
        else:
            sys.stderr.write(f"[{run.elapsed_s:4.0f} s] {checklist(run)} | {flow(run)}\n")

    def _panel(self, run: Run) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        for name, value in facts(run):
            table.add_row(Text(name, style="dim"), value)
        said = [Text(line, style="yellow") for line in self.announcements]
        address = run.machine.settings.api_port
        title = f"Reelstream · http://127.0.0.1:{address}/ · {run.elapsed_s:.0f} s · Ctrl-C ends it"
        parts: list[RenderableType] = [
            Text(checklist(run)),
            table,
            Text(run.checklist.message, style="bold"),
            *said,
        ]
        return Panel(Group(*parts), title=title)


def checklist(run: Run) -> str:
    """The start's steps in one line."""
    steps = run.checklist.steps
    return "  ".join(f"{MARKS[s.state]} {s.name} {s.detail}".strip() for s in steps)


def flow(run: Run) -> str:
    """Counts and freshness in one line."""
    position = run.view.position
    counted = position.applied + position.no_effect
    counts, fresh = run.counts, freshness(run.view.said["speed"])
    model = f"v{run.view.active.version}" if run.view.active else "none"
    return (
        f"sent {counts.sent} acknowledged {counts.acknowledged} applied {counted} "
        f"| lag {lag(run)} | fresh p50 {known(fresh.p50)} p99 {known(fresh.p99)} ms | model {model}"
    )


def facts(run: Run) -> list[tuple[str, str]]:
    """What the panel lists."""
    counts, position, fresh = run.counts, run.view.position, freshness(run.view.said["speed"])
    active = run.view.active
    model = "none yet"
    if active:
        age = (now_ms() - active.activated_at_ms) / 1000
        model = f"v{active.version}, {age:.0f} s old"
    return [
        ("sent / acknowledged / applied", f"{counts.sent} / {counts.acknowledged} / "
         f"{position.applied} + {position.no_effect} without effect"),
        ("lag (speed, log)", lag(run)),
        ("appended → readable", f"p50 {known(fresh.p50)} ms, p99 {known(fresh.p99)} ms"),
        ("model", model),
        ("trending", ", ".join(run.seen.trending) or "nothing yet"),
        ("resident", f"{run.seen.resident_mb} MB"),
    ]  # fmt: skip


def lag(run: Run) -> str:
    """Records behind the topic's end, of the speed layer and of the event log."""
    said = run.view.said
    return f"{known(behind(said['speed']))}, {said['streaming'].get('behind', '-')}"


def known(value: object) -> str:
    """A value, or a dash where there is none yet."""
    return "-" if value is None else str(value)

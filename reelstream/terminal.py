"""The demo's live summary in the terminal: a panel on a terminal, a line now and then elsewhere."""

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
from reelstream.demo import Demo
from reelstream.progress import State
from reelstream.summary import freshness

MARKS = {State.waiting: "·", State.running: "…", State.done: "✓"}
LINE_EVERY_S = 5.0
REDRAW_EVERY_S = 0.5
ANNOUNCEMENTS = 4


@dataclass
class Terminal:
    """Shows the demo on stderr; stdout is for its result."""

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

    def show(self, demo: Demo) -> None:
        """Draw the demo as it stands, not too often."""
        every = REDRAW_EVERY_S if self._live else LINE_EVERY_S
        if time.monotonic() - self._shown_at < every:
            return
        self._shown_at = time.monotonic()
        if self._live:
            self._live.update(self._panel(demo), refresh=True)
        else:
            sys.stderr.write(f"[{demo.elapsed_s:4.0f} s] {checklist(demo)} | {flow(demo)}\n")

    def _panel(self, demo: Demo) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        for name, value in facts(demo):
            table.add_row(Text(name, style="dim"), value)
        said = [Text(line, style="yellow") for line in self.announcements]
        address = demo.machine.settings.api_port
        title = (
            f"Reelstream · http://127.0.0.1:{address}/ · {demo.elapsed_s:.0f} s · Ctrl-C ends it"
        )
        parts: list[RenderableType] = [
            Text(checklist(demo)),
            table,
            Text(demo.checklist.message, style="bold"),
            *said,
        ]
        return Panel(Group(*parts), title=title)


def checklist(demo: Demo) -> str:
    """The start's steps in one line."""
    steps = demo.checklist.steps
    return "  ".join(f"{MARKS[s.state]} {s.name} {s.detail}".strip() for s in steps)


def flow(demo: Demo) -> str:
    """Counts and freshness in one line."""
    position = demo.view.position
    counted = position.applied + position.no_effect
    fresh = freshness(demo.view.speed)
    model = demo.view.active.version if demo.view.active else None
    return (
        f"sent {demo.counts.sent} acknowledged {demo.counts.acknowledged} applied {counted} "
        f"| lag {lag(demo)} | fresh p50 {fresh.p50} p99 {fresh.p99} ms | model v{model}"
    )


def facts(demo: Demo) -> list[tuple[str, str]]:
    """What the panel lists."""
    counts, position, fresh = demo.counts, demo.view.position, freshness(demo.view.speed)
    active = demo.view.active
    model = "none yet"
    if active:
        age = (now_ms() - active.activated_at_ms) / 1000
        model = f"v{active.version}, {age:.0f} s old"
    return [
        ("sent / acknowledged / applied", f"{counts.sent} / {counts.acknowledged} / "
         f"{position.applied} + {position.no_effect} without effect"),
        ("lag (speed, log)", lag(demo)),
        ("appended → readable", f"p50 {fresh.p50} ms, p99 {fresh.p99} ms"),
        ("model", model),
        ("trending", ", ".join(demo.seen.trending[:3]) or "nothing yet"),
        ("resident", f"{demo.seen.resident_mb} MB"),
    ]  # fmt: skip


def lag(demo: Demo) -> str:
    """Records behind the topic's end, of the speed layer and of the event log."""
    return f"{demo.view.speed.get('behind', '-')}, {demo.view.streaming.get('behind', '-')}"

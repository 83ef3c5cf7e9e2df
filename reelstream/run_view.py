"""A run's live summary: a panel on a terminal, a line now and then elsewhere."""

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
from reelstream.run_summary import freshness
from reelstream.startup_checklist import State
from reelstream.supervised_run import SupervisedRun

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
    _address_said: bool = False

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

    def show(self, run: SupervisedRun) -> None:
        """Draw the run as it stands, not too often; where there is no panel, once the address."""
        if self._live is None and run.seen.seconds_to_page is not None and not self._address_said:
            self._address_said = True
            sys.stderr.write(f"the page is at {run.local_stack.settings.page}/\n")
        every = REDRAW_EVERY_S if self._live else LINE_EVERY_S
        if time.monotonic() - self._shown_at < every:
            return
        self._shown_at = time.monotonic()
        if self._live:
            self._live.update(self._panel(run), refresh=True)
        else:
            sys.stderr.write(f"[{run.elapsed_s:4.0f} s] {checklist(run)} | {flow(run)}\n")

    def _panel(self, run: SupervisedRun) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        for name, value in facts(run):
            table.add_row(Text(name, style="dim"), value)
        said = [Text(line, style="yellow") for line in self.announcements]
        page = run.local_stack.settings.page
        title = f"Reelstream · {page}/ · {run.elapsed_s:.0f} s · Ctrl-C to stop"
        parts: list[RenderableType] = [
            Text(checklist(run)),
            table,
            Text(run.checklist.message, style="bold"),
            *said,
        ]
        return Panel(Group(*parts), title=title)


def checklist(run: SupervisedRun) -> str:
    """The start's steps in one line."""
    steps = run.checklist.steps
    return "  ".join(f"{MARKS[s.state]} {s.name} {s.detail}".strip() for s in steps)


def flow(run: SupervisedRun) -> str:
    """Counts and freshness in one line."""
    counts, fresh = run.known, freshness(run.view.speed)
    model = f"v{run.view.active.version}" if run.view.active else "none yet"
    return (
        f"sent {counts.sent}, acknowledged {counts.acknowledged}, applied {applied(run)} "
        f"| behind: {lag(run)} | appended → readable {fresh} | model {model}"
    )


def applied(run: SupervisedRun) -> str:
    """What became of the records that the speed layer has read."""
    position = run.view.position
    rejected = sum(position.rejected.values())
    others = f" + {rejected} rejected" if rejected else ""
    return f"{position.applied} + {position.no_effect} without effect{others}"


def facts(run: SupervisedRun) -> list[tuple[str, str]]:
    """What the panel lists."""
    counts, fresh = run.known, freshness(run.view.speed)
    active = run.view.active
    model = "none yet"
    if active:
        age = (now_ms() - active.activated_at_ms) / 1000
        model = f"v{active.version}, {age:.0f} s old"
    return [
        ("sent / acknowledged / applied", f"{counts.sent} / {counts.acknowledged} / "
         f"{applied(run)}"),
        ("records behind", lag(run)),
        ("appended → readable", str(fresh)),
        ("model", model),
        ("trending", ", ".join(run.seen.trending) or "nothing yet"),
        ("resident", f"{run.seen.resident_mb} MB"),
    ]  # fmt: skip


def lag(run: SupervisedRun) -> str:
    """Records behind the topic's end, of the speed layer and of the event log."""
    view = run.view
    return f"lists {known(view.speed.records_behind)}, log {known(view.streaming.behind)}"


def known(value: object) -> str:
    """A value, or a dash where there is none yet."""
    return "-" if value is None else str(value)

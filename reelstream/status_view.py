"""Prints a status."""

import time
from collections.abc import Callable
from datetime import timedelta

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from contracts.process_exit import until_stopped
from reelstream.run_view import known
from reelstream.status_types import LiveQuality, ProcessStatus, QueryProgress, Status, WorkerStatus

EVERY_S = 1.0


def show(status: Status) -> None:
    """Print it."""
    Console().print(drawn(status))


def watch(status: Status, look: Callable[[], Status]) -> Status:
    """Draw it again and again until told to stop; the last one."""
    with until_stopped() as stopping, Live(drawn(status), auto_refresh=False) as live:
        while not stopping():
            time.sleep(EVERY_S)
            status = look()
            live.update(drawn(status), refresh=True)
    return status


def drawn(status: Status) -> RenderableType:
    """Processes as a table, then what an operator wants to know, then what is wrong."""
    facts = Table.grid(padding=(0, 2))
    for name, value in _facts(status):
        facts.add_row(Text(name, style="dim"), value)
    verdict = [Text(one, style="bold red") for one in status.wrong]
    return Group(_table(status), Text(), facts, Text(), *verdict or [Text("all is well", "green")])


def _table(status: Status) -> Table:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for name in ("process", "state", "pid", "up", "restarts", "memory", "reported"):
        table.add_column(name, justify="left" if name in {"process", "state"} else "right")
    for one in status.processes:
        table.add_row(*_row(one), style=None if one.running else "bold red")
    return table


def _row(one: ProcessStatus) -> list[str]:
    up = None if one.up_s is None else timedelta(seconds=one.up_s)
    return [
        one.name,
        "running" if one.running else "down",
        _said(one.pid),
        _said(up),
        _said(one.restarts),
        _said(one.resident_mb, " MB"),
        _said(one.spoke_s_ago, " s ago"),
    ]


def _facts(status: Status) -> list[tuple[str, str]]:
    behind = ", ".join(f"{name} {_said(count)}" for name, count in status.behind.items())
    model = "none yet"
    if status.model_version is not None:
        model = f"v{status.model_version}, {timedelta(seconds=status.model_age_s or 0)} old"
    if status.model_held:
        model += ", held until `reelstream batch release`"
    return [
        ("page", status.address),
        ("records", _said(status.records)),
        ("applied", f"{status.applied} + {status.no_effect} without effect, "
         f"{status.rejected} rejected"),
        ("records behind", behind),
        *((f"speed worker {one.worker}", _held(one)) for one in status.workers),
        *((f"query {one.name}", _batch(one)) for one in status.queries),
        *((f"metrics of {name}", address) for name, address in status.metrics.items()),
        ("appended → readable", str(status.freshness_ms)),
        ("live hit rate", _hits(status.quality)),
        ("model", model),
        ("resident", f"{status.resident_mb} MB"),
    ]  # fmt: skip


def _held(one: WorkerStatus) -> str:
    """A worker's partitions, and when it reported."""
    partitions = ", ".join(map(str, one.partitions)) or "none"
    return f"partitions {partitions}, behind {one.behind}, reported {one.spoke_s_ago} s ago"


def _batch(one: QueryProgress) -> str:
    """A query's last batch of this run."""
    if one.batch is None:
        return "no batch yet"
    if one.committed_s_ago is None:  # Redis has forgotten the rest
        return f"batch {one.batch}"
    what = f"batch {one.batch}, {_said(one.rows)} rows in {_said(one.duration_ms)} ms"
    return f"{what}, {one.committed_s_ago} s ago"


def _hits(quality: LiveQuality) -> str:
    """The hit rate of lists before they learned what was liked."""
    if not quality.likes:
        return "no likes to evaluate by yet"
    rates = (quality.live, quality.frozen, quality.popular)
    live, frozen, popular = (known(rate if rate is None else f"{rate:.1%}") for rate in rates)
    likes = f"{quality.likes} likes made more than a minute after the previous rating"
    return f"{live} of {likes}; as published {frozen}, popular {popular}"


def _said(value: object, unit: str = "") -> str:
    return known(value) + (unit if value is not None else "")

"""What the streaming job holds over time: `python -m bench.memory`.

The job runs on an embedded broker while the producer replays generated ratings at 100 a second with
the live clock. Every few seconds the memory of its processes is read: the driver's Python, its
Java, and Spark's Python workers, each by its proportional share of what is shared (PSS). Told are
these after one minute and ten and at the end, what lies in the state store, the checkpoint and the
event log by then, and the slope of all memory from the tenth minute to the end. An hour, unless
`--minutes` says otherwise; `--quick` is half a minute, and has no slope.
"""

import json
import statistics
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NamedTuple

import psutil
import typer

from bench.cost import family
from bench.figures import AsJson, Figure, Keep, report
from bench.replays import trickle
from bench.stage import STREAMING, settled, started
from contracts.eventlog import Place, ends
from contracts.settings import Settings
from streaming.checkpoint import TRENDS
from tests.services import Origin, Services, environment_of, running_services

PER_S = 100
MINUTES, QUICK_MINUTES = 60.0, 0.5
SETTLED_MIN = 10.0
MOMENTS_MIN, QUICK_MOMENTS_MIN = (1.0, SETTLED_MIN), (0.2,)
LOOK_EVERY_S = 3
BEGUN_WITHIN_S = 120


class Ended(RuntimeError):
    """The job, or the replay beside it, ended before the bench did."""


class Memory(NamedTuple):
    """What the job's processes hold, in MiB."""

    python: float
    java: float
    workers: float

    @property
    def all(self) -> float:
        """In sum."""
        return sum(self)


class Kept(NamedTuple):
    """What the job has written down.

    Attributes:
        landed: records of the event log.
        log_files, checkpoint_files: so many.
        log_mib, checkpoint_mib: so large.
        state_rows: of the trends query, as its last snapshot says; None before one.
    """

    landed: int
    log_files: int
    log_mib: float
    checkpoint_files: int
    checkpoint_mib: float
    state_rows: int | None


class Look(NamedTuple):
    """The job at a moment, in minutes from its first record on."""

    minute: float
    memory: Memory
    kept: Kept


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Half a minute.")] = False,
    minutes: Annotated[float, typer.Option(min=0.5, help="How long ratings trickle.")] = MINUTES,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Measure the streaming job's memory under a steady trickle."""
    minutes = QUICK_MINUTES if quick else minutes
    early = QUICK_MOMENTS_MIN if quick else MOMENTS_MIN
    moments = [*(one for one in early if one < minutes), minutes]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running_services(folder, Origin.embedded) as services:
            settings = settled(folder, services, round((minutes + 5) * 60 * PER_S))
            looks = list(looked_at(settings, services, folder, minutes))
    report("memory", figures(looks, moments), as_json, keep)


def looked_at(
    settings: Settings, services: Services, folder: Path, minutes: float
) -> Iterator[Look]:
    """The job every few seconds, from its first record on.

    Raises:
        Ended: if a process ends before that.
    """
    variables = environment_of(settings, services.java_home)
    with (
        started([*STREAMING, "run"], variables, folder / "job.err") as job,
        trickle(folder / "set", 0, PER_S, variables, folder / "replay.err") as replaying,
    ):
        wait_for_a_record(Place.of(settings.log_place))
        began_s = time.monotonic()
        while True:
            for process in (job, replaying):
                if process.poll() is not None:
                    said = "".join(path.read_text()[-800:] for path in folder.glob("*.err"))
                    raise Ended(f"exit code {process.returncode}: {said}")
            minute = (time.monotonic() - began_s) / 60
            yield Look(minute, memory_of(job.pid), kept_in(settings))
            if minute >= minutes:
                return
            time.sleep(LOOK_EVERY_S)


def wait_for_a_record(event_log: Place) -> None:
    """Return as soon as the event log has one.

    Raises:
        Ended: if it gets none.
    """
    deadline = time.monotonic() + BEGUN_WITHIN_S
    while not sum(ends(event_log).values()):
        if time.monotonic() > deadline:
            raise Ended(f"no record in {event_log} within {BEGUN_WITHIN_S} s")
        time.sleep(0.2)


def memory_of(pid: int) -> Memory:
    """Of a driver's Python, its Java, and all else below it."""
    driver, *below = family(pid)
    held = {"java": 0.0, "python": 0.0}
    for one in below:
        with suppress(psutil.NoSuchProcess):
            held["java" if one.name() == "java" else "python"] += mib(one)
    return Memory(mib(driver), held["java"], held["python"])


def mib(process: psutil.Process) -> float:
    """A process's proportional share of memory."""
    return float(process.memory_full_info().pss) / 2**20


def kept_in(settings: Settings) -> Kept:
    """What lies on the disk."""
    log, checkpoint = sizes(Path(settings.log_place)), sizes(settings.checkpoints)
    landed = sum(ends(Place.of(settings.log_place)).values())
    rows = state_rows(settings.checkpoints / TRENDS / "state")
    return Kept(landed, len(log), sum(log) / 2**20, len(checkpoint), sum(checkpoint) / 2**20, rows)


def sizes(folder: Path) -> list[int]:
    """Bytes of every file below a folder; files come and go meanwhile."""
    found = []
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            if path.is_file():
                found.append(path.stat().st_size)
    return found


def state_rows(state: Path) -> int | None:
    """Keys in the newest RocksDB snapshot of every partition, which Spark makes each minute."""
    newest: dict[Path, Path] = {}
    for path in state.glob("*/*/*.zip"):
        newest[path.parent] = max(path, newest.get(path.parent, path), key=version)
    return sum(map(keys_in, newest.values())) if newest else None


def version(snapshot: Path) -> int:
    """The state's version that a snapshot is of."""
    return int(snapshot.stem.split("_")[0])


def keys_in(snapshot: Path) -> int:
    """Keys, as the metadata in a snapshot says."""
    with zipfile.ZipFile(snapshot) as archive:
        _, content = archive.read("metadata").decode().split("\n", 1)
    return int(json.loads(content)["numKeys"])


def figures(looks: Sequence[Look], moments: list[float]) -> list[Figure]:
    """What was held at these moments, and how fast it grew."""
    rows = [row for minute in moments for row in figures_of(at(looks, minute), minute)]
    return [Figure("ratings a second", PER_S, "1/s", "", None), *rows, *grown(looks)]


def grown(looks: Sequence[Look]) -> list[Figure]:
    """How fast all memory grew once it was settled; nothing of a run that ended before."""
    late = [one for one in looks if one.minute >= SETTLED_MIN]
    if len(late) < 2:
        return []
    fit = statistics.linear_regression([x.minute / 60 for x in late], [x.memory.all for x in late])
    percent = round(100 * fit.slope / late[0].memory.all, 1)
    return [Figure(f"all memory, from {SETTLED_MIN:g} min on", percent, "% an hour", "", None)]


def at(looks: Sequence[Look], minute: float) -> Look:
    """The look that is nearest to a moment."""
    return min(looks, key=lambda one: abs(one.minute - minute))


def figures_of(look: Look, minute: float) -> list[Figure]:
    """What was held at a moment."""
    memory, kept = look.memory, look.kept

    def row(what: str, value: float, unit: str) -> Figure:
        return Figure(f"{minute:g} min: {what}", value, unit, "", None)

    known = [] if kept.state_rows is None else [row("state rows", kept.state_rows, "")]
    return [
        row("the driver's Python", round(memory.python), "MiB"),
        row("its Java", round(memory.java), "MiB"),
        row("Spark's Python workers", round(memory.workers), "MiB"),
        row("all of these", round(memory.all), "MiB"),
        *known,
        row("records of the event log", kept.landed, ""),
        row("files of the event log", kept.log_files, ""),
        row("event log", round(kept.log_mib, 1), "MiB"),
        row("files of the checkpoint", kept.checkpoint_files, ""),
        row("checkpoint", round(kept.checkpoint_mib, 1), "MiB"),
    ]


if __name__ == "__main__":
    typer.run(main)

"""The streaming job's memory over time: `python -m bench.streaming_memory`.

The job runs on an embedded broker while the producer replays generated ratings at 100 a second with
the live clock. Every few seconds the memory of its processes is read: the driver's Python, its
Java, and Spark's Python workers, each by its proportional share of what is shared (PSS). Reports
these after one minute and ten and at the end, what lies in the state store, the checkpoint and the
event log by then, and the slope of all memory from the tenth minute to the end. An hour, unless
`--minutes` says otherwise; `--quick` is half a minute, and has no slope.
"""

import json
import statistics
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.request import urlopen

import typer
from prometheus_client.parser import text_string_to_metric_families

from bench.benchmark_report import AsJson, Figure, Keep, report
from bench.fixtures import STREAMING, prepared_settings, scratch_services, started
from bench.replay_fixtures import trickle
from contracts.settings import Settings
from event_log import Storage, ends
from harness.eventually import eventually
from harness.services import Services, environment_of
from reelstream.ports import free_port
from streaming.checkpoint_files import TRENDS
from streaming.memory_watch import MIB, MemoryUse, memory_use

PER_S = 100
MINUTES, QUICK_MINUTES = 60.0, 0.5
SETTLED_MIN = 10.0
MOMENTS_MIN, QUICK_MOMENTS_MIN = (1.0, SETTLED_MIN), (0.2,)
LOOK_EVERY_S = 3
BEGUN_WITHIN_S = 120
LIVE_HEAP = "reelstream_streaming_live_heap_bytes"


class Ended(RuntimeError):
    """The job, or the replay beside it, ended before the bench did."""


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
    """The job at a moment, in minutes from its first record on; `live_heap` is Java's, in bytes."""

    minute: float
    held: MemoryUse
    live_heap: int
    kept: Kept

    @property
    def all_mib(self) -> float:
        """All memory that is held, in MiB."""
        return sum(self.held) / MIB


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Half a minute.")] = False,
    minutes: Annotated[float, typer.Option(min=0.5, help="Duration of the run.")] = MINUTES,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Measure the streaming job's memory under a steady trickle."""
    minutes = QUICK_MINUTES if quick else minutes
    early = QUICK_MOMENTS_MIN if quick else MOMENTS_MIN
    moments = [*(one for one in early if one < minutes), minutes]
    with scratch_services() as (folder, services):
        settings = prepared_settings(folder, services, round((minutes + 5) * 60 * PER_S))
        settings = settings.model_copy(update={"metrics_port": free_port()})
        looks = list(looked_at(settings, services, folder, minutes))
    report("streaming_memory", figures(looks, moments), as_json, keep)


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
        event_log = Storage.of(settings.log_address)
        eventually(lambda: sum(ends(event_log).values()), BEGUN_WITHIN_S, "a record in it", 0.2)
        began_s = time.monotonic()
        while True:
            for process in (job, replaying):
                if process.poll() is not None:
                    said = "".join(path.read_text()[-800:] for path in folder.glob("*.err"))
                    raise Ended(f"exit code {process.returncode}: {said}")
            minute = (time.monotonic() - began_s) / 60
            yield Look(minute, memory_use(job.pid), live_heap(settings), kept_in(settings))
            if minute >= minutes:
                return
            time.sleep(LOOK_EVERY_S)


def live_heap(settings: Settings) -> int:
    """Bytes of Java's heap that its last full collection has left, as the job tells Prometheus."""
    with urlopen(f"http://{settings.metrics_host}:{settings.metrics_port}/metrics") as answer:
        families = text_string_to_metric_families(answer.read().decode())
    (family,) = (one for one in families if one.name == LIVE_HEAP)
    return int(family.samples[0].value)


def kept_in(settings: Settings) -> Kept:
    """What lies on the disk."""
    log, checkpoint = sizes(Path(settings.log_address)), sizes(settings.checkpoints)
    landed = sum(ends(Storage.of(settings.log_address)).values())
    rows = state_rows(settings.checkpoints / TRENDS / "state")
    return Kept(landed, len(log), sum(log) / MIB, len(checkpoint), sum(checkpoint) / MIB, rows)


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
    fit = statistics.linear_regression([x.minute / 60 for x in late], [x.all_mib for x in late])
    percent = round(100 * fit.slope / late[0].all_mib, 1)
    return [Figure(f"all memory, from {SETTLED_MIN:g} min on", percent, "% an hour", "", None)]


def at(looks: Sequence[Look], minute: float) -> Look:
    """The look that is nearest to a moment."""
    return min(looks, key=lambda one: abs(one.minute - minute))


def figures_of(look: Look, minute: float) -> list[Figure]:
    """What was held at a moment."""
    held, kept = look.held, look.kept

    def row(what: str, value: float, unit: str) -> Figure:
        return Figure(f"{minute:g} min: {what}", value, unit, "", None)

    known = [] if kept.state_rows is None else [row("state rows", kept.state_rows, "")]
    return [
        row("the driver's Python", round(held.python / MIB), "MiB"),
        row("its Java", round(held.java / MIB), "MiB"),
        row("Spark's Python workers", round(held.workers / MIB), "MiB"),
        row("all of these", round(look.all_mib), "MiB"),
        row("of Java's heap, after a full collection", round(look.live_heap / MIB), "MiB"),
        *known,
        row("records of the event log", kept.landed, ""),
        row("files of the event log", kept.log_files, ""),
        row("event log", round(kept.log_mib, 1), "MiB"),
        row("files of the checkpoint", kept.checkpoint_files, ""),
        row("checkpoint", round(kept.checkpoint_mib, 1), "MiB"),
    ]


if __name__ == "__main__":
    typer.run(main)

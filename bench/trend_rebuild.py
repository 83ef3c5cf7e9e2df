"""How fast all buckets are rebuilt in Redis: `python -m bench.trend_rebuild`.

The streaming job reads a backlog of a million generated live ratings and is stopped; all its keys
are deleted; then `reelstream streaming rebuild` is timed, from its start as a process to its end,
and what Redis holds is compared with what it held before. `--quick` has fewer ratings.
"""

import os
import subprocess
import time
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from bench.benchmark_report import AsJson, Figure, Keep, at_most, report
from bench.cpu_timer import Cost
from bench.fixtures import STREAMING, prepared_settings, scratch_services
from bench.replay_fixtures import replay_now
from bench.streaming import EVENTS, QUICK_EVENTS, ours
from contracts.settings import Settings
from harness.services import Services, environment_of
from redis_store.connection import Client, connect, forget

REBUILT_WITHIN_S = 60

Buckets = dict[bytes, object]


class Rebuilt(NamedTuple):
    """What came of it.

    Attributes:
        log_files: that were read.
        buckets: that there were.
        different: buckets that are not as they were.
        cost: of so many records.
        resident_mib: at most.
    """

    log_files: int
    buckets: int
    different: int
    cost: Cost
    resident_mib: float


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Fewer ratings.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Delete what streaming keeps in Redis, and time how it is written again."""
    events = QUICK_EVENTS if quick else EVENTS
    with scratch_services() as (folder, services):
        settings = prepared_settings(folder, services, events)
        replay_now(folder / "set", settings)
        ours(settings, services, events)
        found = lost_and_rebuilt(settings, services, events)
    report("trend_rebuild", figures(found), as_json, keep)


def lost_and_rebuilt(settings: Settings, services: Services, events: int) -> Rebuilt:
    """Delete all keys, and have them written again."""
    client = connect(settings.redis_url, timeout_s=5)
    before = buckets(client, settings.key_prefix)
    forget(client, settings.key_prefix)
    cost, resident_mib = ended(
        [*STREAMING, "rebuild"], environment_of(settings, services.java_home), events
    )
    after = buckets(client, settings.key_prefix)
    different = sum(before.get(key) != after.get(key) for key in before.keys() | after.keys())
    files = sum(1 for _ in Path(settings.log_address).rglob("*.parquet"))
    return Rebuilt(files, len(before), different, cost, resident_mib)


def buckets(client: Client, prefix: str) -> Buckets:
    """All buckets with activity and sketches, and the offsets that they reflect."""
    hashes = (
        key for kind in ("trend", "activity") for key in client.scan_iter(f"{prefix}{kind}:*")
    )
    sketches = {key: client.get(key) for key in client.scan_iter(f"{prefix}active:*")}
    return {key: client.hgetall(key) for key in hashes} | sketches


def ended(command: list[str], variables: dict[str, str], count: int) -> tuple[Cost, float]:
    """What a process took until it ended well, and the most MiB that it held."""
    began_s = time.monotonic()
    process = subprocess.Popen(command, env=variables)
    _, status, used = os.wait4(process.pid, 0)
    wall_s = time.monotonic() - began_s
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(count, used.ru_utime + used.ru_stime, wall_s), used.ru_maxrss / 1024


def figures(found: Rebuilt) -> list[Figure]:
    """What came of it."""
    cost = found.cost
    return [
        Figure("ratings of the event log", cost.done, "", "", None),
        Figure("files of the event log", found.log_files, "", "", None),
        Figure("keys that were lost", found.buckets, "", "", None),
        at_most("keys that are not as they were", found.different, "", 0),
        at_most("rebuilt, time", round(cost.wall_s, 1), "s", REBUILT_WITHIN_S),
        Figure("rebuilt, processor time", round(cost.cpu_s, 1), "s", "", None),
        Figure("rebuilt, memory at most", round(found.resident_mib), "MiB", "", None),
    ]


if __name__ == "__main__":
    typer.run(main)

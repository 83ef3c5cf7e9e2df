"""Checks this machine before anything is installed."""

import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from contracts.clock import EARLIEST_MS
from contracts.file_checks import can_write, nearest
from contracts.process_exit import DISK_FULL, USAGE, Failure

OLDEST_REDIS = (6, 2)
MB = 1_000_000


def has_java(environment: Mapping[str, str]) -> bool:
    """Whether a Java 17 or 21 is at JAVA_HOME or on the PATH."""
    home = environment.get("JAVA_HOME")
    candidates = [str(Path(home, "bin", "java"))] if home else []
    said = [_says(java, "-version") for java in (*candidates, "java")]
    return any(re.search(r'version "(17|21)[."]', text) for text in said)


def has_redis() -> bool:
    """Whether a redis-server that is new enough is on the PATH."""
    version = re.search(r"v=(\d+)\.(\d+)", _says("redis-server", "--version"))
    return version is not None and (int(version[1]), int(version[2])) >= OLDEST_REDIS


def cache(environment: Mapping[str, str]) -> Path:
    """Where downloads are kept between runs, pip's too; as `contracts.settings` has it."""
    base = environment.get("XDG_CACHE_HOME")
    return Path(base) if base else Path.home() / ".cache"


def right_clock(now: float) -> None:
    """Refuse a clock that is plainly wrong: certificates and Kafka's record times stand on it.

    Raises:
        Failure: saying its date.
    """
    if now * 1000 < EARLIEST_MS:
        says = f"the clock says {datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M} UTC"
        raise Failure(says, "clock", "set it, e.g. with `timedatectl set-ntp true`", USAGE)


def can_make_environments() -> None:
    """Refuse a Python that cannot make virtual environments.

    Raises:
        Failure: naming what Debian keeps apart.
    """
    lacking = [name for name in ("venv", "ensurepip") if not importlib.util.find_spec(name)]
    if lacking:
        what, to_do = f"this Python has no {lacking[-1]}", "install it, on Debian as python3-venv"
        raise Failure(what, sys.executable, to_do, USAGE)


def writable(folder: Path, to_do: str) -> None:
    """Refuse a folder that can neither be written nor made.

    Raises:
        Failure: naming what cannot be written.
    """
    existing = nearest(folder)
    if not can_write(existing):
        raise Failure(f"{existing} is not writable", str(folder), to_do, USAGE)


def room(needed_mb: Mapping[Path, float]) -> None:
    """Refuse if a disk has less free than all the folders on it will take.

    Raises:
        Failure: with both figures.
    """
    by_disk: dict[int, float] = {}
    for folder, mb in needed_mb.items():
        existing = nearest(folder)
        disk, free = existing.stat().st_dev, shutil.disk_usage(existing).free / MB
        by_disk[disk] = by_disk.get(disk, 0) + mb
        if free < by_disk[disk]:
            what = f"{free:.0f} MB free, {by_disk[disk]:.0f} MB needed"
            raise Failure(what, str(folder), "free some space, then run it again", DISK_FULL)


def _says(program: str, option: str) -> str:
    """What a program says about itself; nothing if it is not there or does not run."""
    try:
        done = subprocess.run(
            [program, option], capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr

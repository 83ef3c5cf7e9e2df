"""What this machine must have: each a finding, for `reelstream doctor` and before every start."""

import platform
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import msgspec
import psutil

from contracts.clients import listening
from contracts.clock import EARLIEST_MS
from contracts.edge import DAMAGED, DISK_FULL, REJECTED, UNREACHABLE, USAGE, Failure
from contracts.files import can_write, nearest
from contracts.movielens.layouts import NotMovieLens, open_release
from contracts.movielens.sources import Damaged, NoData
from contracts.settings import Settings
from contracts.store.connection import StoreError, connect
from reelstream import jars as jar_files
from reelstream.java import NoJava, find_java
from reelstream.ports import is_free
from reelstream.redis_server import NoRedis, find_redis

STATE_MB = 700
"""What a demo of half an hour writes, and a little more."""
DEMO_MB = 2700
"""What all processes together hold in memory."""
MB = 1_000_000


class Level(StrEnum):
    """How grave a finding is."""

    fine = "fine"
    note = "note"
    """Will be put right by itself, or is only needed for something else."""
    problem = "problem"
    """A demo cannot run."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at; a problem has an exit code."""

    name: str
    found: str
    level: Level = Level.fine
    where: str = ""
    to_do: str = ""
    code: int = 0

    @property
    def found_wrong(self) -> str | None:
        """What was found if it is a problem."""
        return self.found if self.level is Level.problem else None

    @property
    def failure(self) -> Failure:
        """The problem as an error."""
        return Failure(self.found, self.where, self.to_do, self.code)


def require(findings: Iterable[Finding]) -> None:
    """Refuse to go on if anything is a problem.

    Raises:
        Failure: the first problem.
    """
    for finding in findings:
        if finding.level is Level.problem:
            raise finding.failure


def python() -> Finding:
    """The interpreter; set-up has chosen one that will do."""
    return Finding("Python", f"{platform.python_version()} ({platform.machine()})")


def clock(now_ms: int) -> Finding:
    """The wall clock: TLS and Kafka's record times stand on it."""
    says = f"{datetime.fromtimestamp(now_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
    if now_ms >= EARLIEST_MS:
        return Finding("Clock", says)
    what, to_do = f"the clock says {says}", "set it, e.g. with `timedatectl set-ntp true`"
    return Finding("Clock", what, Level.problem, "clock", to_do, USAGE)


def java(folder: Path) -> Finding:
    """A Java for Kafka and Spark; `folder` may take a wrapper."""
    try:
        found = find_java(folder)
    except NoJava as error:
        to_do = "install Java 17 or 21, or run `make setup`"
        return Finding("Java", str(error), Level.problem, "JAVA_HOME, PATH", to_do, USAGE)
    return Finding("Java", f"{found.version}, from {found.origin}")


def redis(settings: Settings) -> Finding:
    """The Redis that was given, else a redis-server."""
    if "redis_url" in settings.model_fields_set:
        return _given_redis(settings.redis_url)
    try:
        found = find_redis()
    except NoRedis as error:
        to_do = "install redis-server, or run `make setup`"
        return Finding("Redis", str(error), Level.problem, "PATH", to_do, USAGE)
    return Finding("Redis", "{}.{}, from {}".format(*found.version, found.origin))


def _given_redis(url: str) -> Finding:
    where = "REELSTREAM_REDIS_URL"
    try:
        version = connect(url, timeout_s=2).info("server")["redis_version"]
    except (StoreError, ValueError) as error:
        to_do = "start Redis or correct the address"
        return Finding("Redis", str(error), Level.problem, where, to_do, UNREACHABLE)
    return Finding("Redis", f"{version}, given by {where}")


def kafka(settings: Settings) -> Finding:
    """The broker that was given; a demo has one of its own."""
    if "kafka" not in settings.model_fields_set:
        return Finding("Kafka", "embedded")
    where = "REELSTREAM_KAFKA"
    if listening(settings.kafka):
        return Finding("Kafka", f"{settings.kafka}, given by {where}; a demo has its own")
    what, to_do = f"nobody listens at {settings.kafka}", "start Kafka, or unset the variable"
    return Finding("Kafka", what, Level.problem, where, to_do, UNREACHABLE)


def jars(folder: Path) -> Finding:
    """Kafka's jars and the connector's in the cache."""
    lock = jar_files.locked()
    missing = sum(map(len, jar_files.missing_from(folder, lock).values()))
    of = sum(map(len, lock.values()))
    if not missing:
        return Finding("Jars", f"all {of}, as in the lock")
    what = f"{missing} of {of} missing or damaged"
    if cannot := writable("Jars", folder, "XDG_CACHE_HOME").found_wrong:
        what, to_do = f"{what}, and {cannot}", "set XDG_CACHE_HOME to a folder that can"
        return Finding("Jars", what, Level.problem, "XDG_CACHE_HOME", to_do, USAGE)
    return Finding("Jars", what, Level.note, str(folder), "the next start downloads them")


def writable(name: str, folder: Path, setting: str) -> Finding:
    """A folder that is there and can be written, or can be made."""
    place = nearest(folder)
    if can_write(place):
        return Finding(name, str(folder))
    what, to_do = f"{place} cannot be written", f"set {setting} to a folder that can"
    return Finding(name, what, Level.problem, setting, to_do, USAGE)


def disk(folder: Path) -> Finding:
    """Room for Kafka's log, the event log and models."""
    free = shutil.disk_usage(nearest(folder)).free // MB
    if free >= STATE_MB:
        return Finding("Disk", f"{free / 1000:.1f} GB free")
    what = f"{free} MB are free where {STATE_MB} MB are needed"
    to_do = "free some, or set REELSTREAM_STATE to a folder on another disk"
    return Finding("Disk", what, Level.problem, str(folder), to_do, DISK_FULL)


def memory() -> Finding:
    """Room for two Spark drivers and a broker."""
    free = psutil.virtual_memory().available // MB
    found = f"{free / 1000:.1f} GB available"
    if free >= DEMO_MB:
        return Finding("Memory", found)
    to_do = f"a demo takes {DEMO_MB / 1000:.1f} GB: close something"
    return Finding("Memory", found, Level.note, "memory", to_do)


def port(settings: Settings) -> Finding:
    """The page's port."""
    if is_free(settings.api_host, settings.api_port):
        return Finding("Port", f"{settings.api_port} is free")
    what, where = f"port {settings.api_port} is taken", "REELSTREAM_API_PORT"
    return Finding(
        "Port", what, Level.problem, where, "end what listens there, or set another", USAGE
    )


def data(settings: Settings, cache: Path) -> Finding:
    """The data set that a demo would replay."""
    path = settings.data or cache / "ml-latest-small.zip"
    where = "REELSTREAM_DATA"
    to_do = "give a MovieLens release: a folder, a zip or a file of ratings"
    try:
        open_release(path)
    except NoData as error:
        if settings.data is None:
            return Finding("Data", "none yet", Level.note, where, "the next start downloads 1 MB")
        return Finding("Data", str(error), Level.problem, where, to_do, USAGE)
    except NotMovieLens as error:
        return Finding("Data", str(error), Level.problem, where, to_do, REJECTED)
    except Damaged as error:
        return Finding("Data", str(error), Level.problem, where, "get it anew", DAMAGED)
    return Finding("Data", str(path))


def browser() -> Finding:
    """Chromium, which only the page's test needs."""
    found = shutil.which("chromium")
    if found:
        return Finding("Chromium", found)
    return Finding("Chromium", "none", Level.note, "PATH", "install it to run `make test`")

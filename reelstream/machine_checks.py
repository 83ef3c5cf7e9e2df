"""Checks of this machine, for `reelstream doctor` and before every start."""

import platform
import resource
import shutil
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import msgspec
import psutil
from msgspec.structs import replace

from contracts.clock import EARLIEST_MS
from contracts.file_checks import can_write, nearest
from contracts.process_exit import DISK_FULL, UNREACHABLE, USAGE, Failure
from contracts.run_record import Running
from contracts.settings import Settings
from contracts.topics import configs
from kafka_clients import Admin, KafkaError, NoBroker, NotAdvertised, UnfitTopic, listening
from movielens.folder_or_zip import Damaged, NoData
from movielens.release import NotMovieLens, open_release
from movielens.release_metadata import read_metadata
from redis_store.connection import StoreError, connect
from redis_store.health import evicts, require_fit, require_writes
from reelstream import jars as jar_files
from reelstream.error_translation import as_failure
from reelstream.java import NoJava, find_java
from reelstream.ports import is_free
from reelstream.redis_command import NoRedis, find_redis

STATE_MB = 700
"""What a demo of half an hour writes, and a little more."""
DEMO_MB = 2700
"""What all processes together hold in memory."""
OPEN_FILES = 1024
"""What Spark's Java has open, twice."""
MB = 1_000_000


class Level(StrEnum):
    """The severity of a finding."""

    fine = "fine"
    note = "note"
    """Resolves itself, or is only needed for something else."""
    problem = "problem"
    """A demo cannot run."""


class Finding(msgspec.Struct, frozen=True):
    """The result of one check; a problem has an exit code."""

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
    """The interpreter; set-up has chosen a suitable one."""
    return Finding("Python", f"{platform.python_version()} ({platform.machine()})")


def clock(now_ms: int) -> Finding:
    """The wall clock: TLS and Kafka's record times depend on it."""
    says = f"{datetime.fromtimestamp(now_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
    if now_ms >= EARLIEST_MS:
        return Finding("Clock", says)
    what, to_do = f"the clock says {says}", "set it, e.g. with `timedatectl set-ntp true`"
    return Finding("Clock", what, Level.problem, "clock", to_do, USAGE)


def java(folder: Path) -> Finding:
    """A Java for Kafka and Spark; `folder` may take a wrapper."""
    try:
        found = find_java(folder)
    except NoJava as failure:
        return _problem("Java", failure)
    return Finding("Java", f"{found.version}, from {found.origin}")


def redis(settings: Settings) -> Finding:
    """The configured Redis, else a redis-server."""
    if "redis_url" in settings.model_fields_set:
        return _given_redis(settings)
    try:
        found = find_redis()
    except NoRedis as failure:
        return _problem("Redis", failure)
    return Finding("Redis", "{}.{}, from {}".format(*found.version, found.origin))


def _given_redis(settings: Settings) -> Finding:
    client = connect(settings.redis_url, timeout_s=2)
    try:
        version = require_fit(client)
        require_writes(client, settings.keys)
        policy = evicts(client)
    except StoreError as error:
        return _refused("Redis", error)
    if policy:
        what, to_do = f"{version}, evicts keys ({policy})", "set it to noeviction"
        return Finding("Redis", what, Level.note, "maxmemory-policy", to_do)
    return Finding("Redis", f"{version}, from REELSTREAM_REDIS_URL")


def _refused(name: str, error: Exception) -> Finding:
    """A problem from an error, in the words of its error line."""
    failure = as_failure(error)
    if failure is None:
        raise error
    return _problem(name, failure)


def _problem(name: str, failure: Failure) -> Finding:
    details = failure.what, Level.problem, failure.where, failure.what_to_do, failure.code
    return Finding(name, *details)


def kafka(settings: Settings) -> Finding:
    """The configured broker; a demo uses its own."""
    if "kafka" not in settings.model_fields_set:
        return Finding("Kafka", "embedded")
    if listening(settings.kafka):
        return _given_kafka(settings)
    what, to_do = f"nothing is listening at {settings.kafka}", "start Kafka, or unset the variable"
    return Finding("Kafka", what, Level.problem, "REELSTREAM_KAFKA", to_do, UNREACHABLE)


def _given_kafka(settings: Settings) -> Finding:
    where = "REELSTREAM_KAFKA"
    try:
        with closing(Admin(settings.kafka)) as admin:
            admin.require_fit(configs(settings.topics))
            away = admin.unreachable()
    except (NotAdvertised, UnfitTopic, KafkaError) as error:
        return _refused("Kafka", error)
    except NoBroker:
        what = f"the server at {settings.kafka} does not speak Kafka's protocol"
        to_do = "give a Kafka listener without TLS and login (PLAINTEXT)"
        return Finding("Kafka", what, Level.problem, where, to_do, UNREACHABLE)
    if away:
        what, to_do = f"nothing is listening at {', '.join(away)}", "set it to reachable addresses"
        return Finding("Kafka", what, Level.problem, "advertised.listeners", to_do, UNREACHABLE)
    return Finding("Kafka", f"{settings.kafka}, from {where}; a demo uses its own")


def jars(folder: Path) -> Finding:
    """Kafka's jars and the connector's in the cache."""
    lock = jar_files.locked()
    missing = sum(map(len, jar_files.missing_from(folder, lock).values()))
    of = sum(map(len, lock.values()))
    if not missing:
        return Finding("Jars", f"all {of} present and verified")
    what = f"{missing} of {of} missing or damaged"
    if cannot := writable("Jars", folder, "XDG_CACHE_HOME").found_wrong:
        what, to_do = f"{what}, and {cannot}", "set XDG_CACHE_HOME to a writable folder"
        return Finding("Jars", what, Level.problem, "XDG_CACHE_HOME", to_do, USAGE)
    return Finding("Jars", what, Level.note, str(folder), "the next start downloads them")


def writable(name: str, folder: Path, setting: str) -> Finding:
    """A folder that is writable or can be created."""
    existing = nearest(folder)
    if can_write(existing):
        return Finding(name, str(folder))
    what, to_do = f"{existing} is not writable", f"set {setting} to a writable folder"
    return Finding(name, what, Level.problem, setting, to_do, USAGE)


def disk(folder: Path) -> Finding:
    """Room for Kafka's log, the event log and models."""
    free = shutil.disk_usage(nearest(folder)).free // MB
    if free >= STATE_MB:
        return Finding("Disk", f"{free / 1000:.1f} GB free")
    what = f"{free} MB free, {STATE_MB} MB needed"
    to_do = "free some space, or set REELSTREAM_STATE to a folder on another disk"
    return Finding("Disk", what, Level.problem, str(folder), to_do, DISK_FULL)


def memory() -> Finding:
    """Room for two Spark drivers and a broker."""
    free = psutil.virtual_memory().available // MB
    found = f"{free / 1000:.1f} GB available"
    if free >= DEMO_MB:
        return Finding("Memory", found)
    to_do = f"a demo needs {DEMO_MB / 1000:.1f} GB: close other programs"
    return Finding("Memory", found, Level.note, "memory", to_do)


def open_files() -> Finding:
    """How many files a process may have open; Spark opens each of its jars."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if files == resource.RLIM_INFINITY or files >= OPEN_FILES:
        return Finding("Files", "the limit of open files is high enough")
    what = f"the limit is {files} open files, {OPEN_FILES} are needed"
    to_do = "raise it, e.g. with `ulimit -Hn 4096` or in /etc/security/limits.conf"
    return Finding("Files", what, Level.problem, "ulimit -n", to_do, USAGE)


def port(settings: Settings, running: Running | None) -> Finding:
    """The page's port; a running system's own port is not a problem."""
    if running and running.settings["api_port"] == settings.api_port:
        what = f"`reelstream {running.command}` is running here on port {settings.api_port}"
        to_do = "stop it, or set REELSTREAM_API_PORT to start another beside it"
        return Finding("Port", what, Level.note, "REELSTREAM_API_PORT", to_do)
    if is_free(settings.api_host, settings.api_port):
        return Finding("Port", f"{settings.api_port} is free")
    what, where = f"port {settings.api_port} is already in use", "REELSTREAM_API_PORT"
    return Finding(
        "Port",
        what,
        Level.problem,
        where,
        "stop what is listening there, or set another port",
        USAGE,
    )


def data(settings: Settings, cache: Path) -> Finding:
    """The data set that a demo would replay."""
    path = settings.data or cache / "ml-latest-small.zip"
    where = "REELSTREAM_DATA"
    try:
        lost = read_metadata(open_release(path)).warnings()
    except (NoData, NotMovieLens, Damaged) as failure:
        if settings.data is None and isinstance(failure, NoData):
            return Finding("Data", "none yet", Level.note, where, "the next start downloads 1 MB")
        return replace(_problem("Data", failure), where=where)
    if lost:
        see = "see all with `reelstream producer validate`"
        return Finding("Data", lost[0], Level.note, where, see)
    return Finding("Data", str(path))


def browser() -> Finding:
    """Chromium, which only the page's test needs."""
    found = shutil.which("chromium")
    if found:
        return Finding("Chromium", found)
    return Finding("Chromium", "none", Level.note, "PATH", "install it to run `make test`")

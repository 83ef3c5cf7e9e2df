"""What Reelstream keeps between runs, and its removal."""

import shutil
from contextlib import suppress
from pathlib import Path

from contracts.settings import Settings
from contracts.store.connection import StoreError, connect, forget
from reelstream.installation import held, installation
from reelstream.running import COMMANDS


def kept(state: Path) -> list[Path]:
    """The folders of `up` and of demos that are there."""
    return [folder for folder in (state / name for name in COMMANDS) if folder.exists()]


def size_mb(folder: Path) -> int:
    """Megabytes that a folder holds."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) // 1_000_000


def remove(folder: Path, settings: Settings) -> None:
    """Delete a folder, and its keys in a Redis that was given.

    Raises:
        Failure: if a run holds it, or no run made it.
    """
    with held(folder):
        _forget_keys(folder, settings)
        shutil.rmtree(folder)


def _forget_keys(folder: Path, settings: Settings) -> None:
    found = installation(folder)
    if found and "redis_url" in settings.model_fields_set:
        with suppress(StoreError):  # what is away keeps what nobody reads any more
            forget(connect(settings.redis_url, timeout_s=5), found.key_prefix)

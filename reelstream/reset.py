"""What Reelstream keeps between runs, and its removal."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from contracts.file_locks import alone
from contracts.process_exit import BUSY, Failure
from contracts.run_record import COMMANDS
from contracts.settings import Settings
from redis_store.connection import StoreError, connect, forget
from reelstream.state_folder import held, installation

OF_ROOMS = {
    "catalogue.json": (),
    "checkpoints": ("lock",),
    "checkpoints-given-up-*": (),
    "event-log": ("log.json",),
    "java-home": ("bin/java",),
    "ledgers": ("*.json", "*.json.lock"),
    "models": ("lock", "trainer"),
    "scratch": ("reelstream-*",),
}
"""What processes that were started by themselves leave in the state folder, and what tells that it
is theirs: one of these names in it."""
LOCKS = ("checkpoints/lock", "models/trainer", "models/lock", "ledgers/*.lock")
"""Held by those that run."""


def kept(state: Path) -> list[Path]:
    """What can be deleted: folders of `up` and of demos, and what single processes have left."""
    runs = [state / name for name in COMMANDS]
    return [folder for folder in runs if folder.exists()] + left_by_rooms(state)


def left_by_rooms(state: Path) -> list[Path]:
    """What single processes have left in the state folder itself."""
    return [
        path
        for name, marks in OF_ROOMS.items()
        for path in sorted(state.glob(name))
        if not marks or any(any(path.glob(mark)) for mark in marks)
    ]


def size_mb(kept: Path) -> int:
    """Megabytes that a folder or file holds."""
    files = [kept, *kept.rglob("*")]
    return sum(path.stat().st_size for path in files if path.is_file()) // 1_000_000


def remove(kept: Path, settings: Settings) -> None:
    """Delete one of these, and a run's keys in a Redis that was given.

    Raises:
        Failure: if somebody uses it, or no run made it.
    """
    if kept.name in COMMANDS:
        with held(kept):
            _forget_keys(kept, settings)
            shutil.rmtree(kept)
        return
    with _unused(kept.parent):
        kept.unlink() if kept.is_file() else shutil.rmtree(kept)


@contextmanager
def _unused(state: Path) -> Iterator[None]:
    """Within, no single process works in the state folder.

    Raises:
        Failure: if one does.
    """
    with ExitStack() as stack:
        for path in (path for pattern in LOCKS for path in state.glob(pattern)):
            try:
                stack.enter_context(alone(path))
            except BlockingIOError:
                what = f"{path} is in use by a running process"
                raise Failure(what, str(state), "stop that first", BUSY) from None
        yield


def _forget_keys(folder: Path, settings: Settings) -> None:
    found = installation(folder)
    if found and "redis_url" in settings.model_fields_set:
        with suppress(StoreError):  # what is away keeps what nobody reads any more
            forget(connect(settings.redis_url, timeout_s=5), found.key_prefix)

"""Files that appear whole or not at all, and locks."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


def sha256_of(path: Path) -> str | None:
    """A file's SHA-256 in hexadecimal; None if there is no such file."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def can_write(folder: Path) -> bool:
    """Whether this is a folder that takes files; a read-only disk says no even to root."""
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


@contextmanager
def alone(path: Path) -> Iterator[TextIO]:
    """Within, the lock at this path is ours, and its file open for a note; death frees it.

    Raises:
        BlockingIOError: if another process has it.
    """
    with path.open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield lock


@contextmanager
def in_turn(path: Path) -> Iterator[None]:
    """Within, the lock at this path is ours; who comes later waits; death frees it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def write_atomically(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write beside the file, flush to disk, then rename over it; `mode` is what umask leaves."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(temporary, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make a rename outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_changed(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a file unless it holds just this already."""
    if not path.exists() or path.read_bytes() != content:
        write_atomically(path, content, mode)

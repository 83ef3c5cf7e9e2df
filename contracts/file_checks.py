"""What is on the disk: checksums, folders that are there, folders that take files."""

import hashlib
import os
from pathlib import Path


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

"""Files that appear whole or not at all."""

import os
from pathlib import Path


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

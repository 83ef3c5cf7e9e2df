"""Where a release's files lie: a folder, a zip, or one file. A zip is read, never unpacked.

Spark writes a folder of parts for a file, and marks of its own beside them, `_SUCCESS` and
`.part-00000.csv.crc`, as Hadoop does: names that begin so are no data.
"""

import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Protocol

from contracts.process_exit import DAMAGED, USAGE, Failure
from movielens.zip_checks import (
    BROKEN,
    MAX_MEMBERS,
    MAX_READ_BYTES,
    PART,
    ChunkedFile,
    complaint,
    plain,
)

CHUNK_BYTES = MAX_READ_BYTES


class NoData(Failure):
    """A path where no release lies; says what is missing."""

    where = "data"
    what_to_do = "give a MovieLens release: a folder, a zip or a file of ratings"
    code = USAGE


class Damaged(Failure):
    """A file that is not whole, not what it says, or that changed while it was read."""

    where = "data"
    what_to_do = "download it again"
    code = DAMAGED


class Member(Protocol):
    """One file of a release."""

    @property
    def name(self) -> str:
        """Its name without folders."""

    @property
    def folder(self) -> Path:
        """Where it lies, in a folder or an archive."""

    @property
    def where(self) -> str:
        """Its name for messages."""

    @property
    def size(self) -> int:
        """Its size in bytes, as its folder or archive says."""

    def chunks(self, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        """Its bytes; raises Damaged when it turns out not to be whole, or to have changed."""


@dataclass(frozen=True)
class File:
    """A file of its own."""

    path: Path

    @property
    def name(self) -> str:
        """Its name without folders."""
        return self.path.name

    @property
    def folder(self) -> Path:
        """The folder that it lies in."""
        return self.path.parent

    @property
    def where(self) -> str:
        """Its path."""
        return str(self.path)

    @property
    def size(self) -> int:
        """Its size in bytes."""
        with _readable(self.path):
            return self.path.stat().st_size

    def chunks(self, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        """Its bytes.

        Raises:
            NoData: if it may not be read.
            Damaged: if it cannot be read to its end, or changed or was replaced meanwhile.
        """
        with _opened(self.path) as file:
            while chunk := file.read(size):
                yield chunk


@dataclass(frozen=True)
class Zipped:
    """A member of a zip."""

    archive: Path
    info: zipfile.ZipInfo

    @property
    def name(self) -> str:
        """Its name without folders."""
        return self.info.filename.rpartition("/")[2]

    @property
    def folder(self) -> Path:
        """The archive's path and its folder in there."""
        return (self.archive / self.info.filename).parent

    @property
    def where(self) -> str:
        """The archive's path and its name in there."""
        return f"{self.archive}!{self.info.filename}"

    @property
    def size(self) -> int:
        """Its size in bytes, unpacked."""
        return self.info.file_size

    def chunks(self, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        """Its bytes, unpacked; never more than the archive said.

        Raises:
            NoData: if the archive may not be read.
            Damaged: if it does not unpack, is not what the archive said, or the archive changed or
                was replaced meanwhile.
        """
        came = 0
        with _opened(self.archive) as file:
            try:
                with zipfile.ZipFile(file) as whole, whole.open(self.info) as member:
                    while chunk := member.read(size):
                        came += len(chunk)
                        yield chunk
            except BROKEN as error:
                raise Damaged(f"{self.where} cannot be unpacked: {error}") from error
            if came != self.size:
                raise Damaged(f"{self.where} unpacks to {came:,} bytes, not {self.size:,}")


def members(path: Path) -> tuple[list[Member], int]:
    """The files of a folder or a zip, or the one file; and how many names were passed over.

    Raises:
        NoData: if nothing is there that can be read.
        Damaged: if it is a zip that nobody should open.
    """
    with _readable(path):
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return _listed(path), 0
        if stat.S_ISREG(mode):
            return _zipped(path) if _is_zip(path) else ([File(path)], 0)
    raise NoData(f"{path} is neither a file nor a folder")


def _listed(folder: Path) -> list[Member]:
    # `glob` passes over a folder inside that may not be read.
    parts = (one for one in folder.glob("*/part-*") if PART.fullmatch(one.name))
    paths = (one for one in chain(folder.iterdir(), parts) if not _is_mark(one, folder))
    files = (one for one in paths if one.is_file())
    found = sorted(islice(files, MAX_MEMBERS + 1))
    if len(found) > MAX_MEMBERS:
        raise NoData(f"{folder} holds more than {MAX_MEMBERS} files, more than any release has")
    return [File(one) for one in found]


def _is_mark(path: Path, below: Path) -> bool:
    return any(name.startswith((".", "_")) for name in path.relative_to(below).parts)


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"PK" or path.suffix.lower() == ".zip"


def _zipped(path: Path) -> tuple[list[Member], int]:
    with _opened(path) as file:
        try:
            with zipfile.ZipFile(file) as whole:
                entries = whole.infolist()
        except BROKEN as error:
            raise Damaged(f"{path} is a corrupt zip: {error}") from error
    if what := complaint(entries, path.stat().st_size):
        raise Damaged(f"{path} holds {what}")
    files = [one for one in entries if not one.filename.endswith("/")]
    read = plain(files)
    return [Zipped(path, one) for one in read], len(files) - len(read)


@contextmanager
def _opened(path: Path) -> Iterator[ChunkedFile]:
    """Within, a file that can be read, and at the end still is what it was."""
    with _readable(path):
        file = ChunkedFile(path)
    with file:
        before = os.fstat(file.fileno())
        try:
            yield file
        except OSError as error:
            raise Damaged(f"{path} could not be read to the end: {error.strerror}") from error
        if _identity(path) != (before.st_ino, before.st_size, before.st_mtime_ns):
            raise Damaged(f"{path} changed while it was read")


def _identity(path: Path) -> tuple[int, int, int] | None:
    """What tells a file's state from others; None if it is gone."""
    try:
        now = path.stat()
    except OSError:
        return None
    return now.st_ino, now.st_size, now.st_mtime_ns


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Within, a path that cannot be read is said to be so."""
    try:
        yield
    except PermissionError as error:
        raise NoData(f"{path} is not readable by this user") from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NoData(f"{path} does not exist") from error
    except OSError as error:
        raise NoData(f"{path} cannot be read: {error.strerror}") from error

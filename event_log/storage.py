"""The storage of an event log: a folder on a disk, or a prefix in an object store."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pyarrow as pa
from pyarrow import fs

from contracts.atomic_files import write_atomically
from contracts.process_exit import UNREACHABLE, USAGE, Failure

OBJECT_STORES = ("s3", "s3a")
ONE_PUT = {"allow_delayed_open": "true"}
"""Arrow begins an upload in parts at once, unless it may wait for how much there is."""


class BadStorageAddress(Failure):
    """An address that is neither a folder nor in an object store, or one with a secret in it."""

    where = "REELSTREAM_EVENT_LOG"
    what_to_do = "give a folder or s3://bucket/prefix"
    code = USAGE


class StorageUnavailable(Failure):
    """An object store that does not answer, or refuses; says why."""

    where = "REELSTREAM_EVENT_LOG"
    what_to_do = "check the object store"
    code = UNREACHABLE


@dataclass(frozen=True)
class Storage:
    """Files that appear whole or not at all, by name below a root.

    Attributes:
        url: an absolute path, or `s3://bucket/prefix` with Arrow's options behind a `?`.
    """

    url: str

    @classmethod
    def of(cls, text: str) -> "Storage":
        """The storage that a path or an address (`s3://…`, `s3a://…`) names.

        Object stores take region, endpoint and credentials from the AWS variables and files, as
        other programs do.

        Raises:
            BadPlace: if it is another address, or names credentials.
        """
        if "://" not in text:
            return cls(str(Path(text).resolve()))
        parts = urlsplit(text)
        if parts.username is not None:
            raise BadStorageAddress(f"credentials in the address of {parts.hostname}")
        if parts.scheme not in OBJECT_STORES or not parts.hostname:
            raise BadStorageAddress(f"{text!r} is neither a folder nor s3://bucket/prefix")
        options = urlencode(ONE_PUT | dict(parse_qsl(parts.query)))
        return cls(f"s3://{parts.netloc}{parts.path.rstrip('/')}?{options}")

    def __str__(self) -> str:
        """The address without options."""
        return self.url.partition("?")[0]

    def modified(self, below: str = "") -> dict[str, float]:
        """The files below a folder, by name below the root, with the second of their writing."""
        filesystem, root = self._opened
        start = f"{root}/{below}".rstrip("/")
        wanted = fs.FileSelector(start, recursive=True, allow_not_found=True)
        with self._telling():
            found = filesystem.get_file_info(wanted)
        return {
            one.path.removeprefix(f"{root}/"): one.mtime_ns / 1e9
            for one in found
            if one.type is fs.FileType.File
        }

    def open(self, name: str) -> pa.NativeFile:
        """A file to read from."""
        filesystem, root = self._opened
        with self._telling():
            return filesystem.open_input_file(f"{root}/{name}")

    def read(self, name: str) -> bytes:
        """All of a file.

        Raises:
            FileNotFoundError: if there is none.
        """
        with self.open(name) as file, self._telling():
            return bytes(file.read())

    def write(self, name: str, content: bytes) -> None:
        """Let a file appear, whole; it outlives a power cut."""
        filesystem, root = self._opened
        if isinstance(filesystem, fs.LocalFileSystem):
            path = Path(root) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content)
            return
        with self._telling(), filesystem.open_output_stream(f"{root}/{name}") as file:
            file.write(content)

    def delete(self, name: str) -> None:
        """Remove a file, if it is there."""
        filesystem, root = self._opened
        with self._telling():
            try:
                filesystem.delete_file(f"{root}/{name}")
            except FileNotFoundError:
                return

    @cached_property
    def _opened(self) -> tuple[fs.FileSystem, str]:
        if not self.url.startswith("s3:"):
            return fs.LocalFileSystem(), self.url
        with self._telling():
            filesystem, root = fs.FileSystem.from_uri(self.url)
        return filesystem, str(root)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Arrow raises bare OSErrors for whatever an object store says; a disk's have a number."""
        try:
            yield
        except OSError as error:
            if error.errno is not None:
                raise
            raise StorageUnavailable(f"{self}: {error}") from error

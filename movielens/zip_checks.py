"""Checks a zip's directory before anything in it is read.

Python's `zipfile` unpacks no more of a member than the directory says, and checks it with the
directory's CRC: what is bounded here stays bounded. Source: D. Fifield, A better zip bomb,
https://www.usenix.org/conference/woot19/presentation/fifield.
"""

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Sequence

MAX_READ_BYTES = 4 * 1024 * 1024
MAX_MEMBERS = 1_000
MAX_BYTES = 4 * 1024**3
"""What a zip may hold, unpacked; the largest release holds 1.1 GB."""
MAX_RATIO = 200
"""What a member may grow by; releases grow fivefold."""
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    ValueError,
)
"""What `zipfile` raises for bytes that are no zip."""
PART = re.compile(r"part-(?:[mr]-)?([0-9]{1,18})[\w.+-]*", re.ASCII)
"""What Spark and Hadoop call a part of a file, with its number."""
_NAME = r"\w[\w.+-]*"
_PLAIN_NAME = re.compile(rf"(?:{_NAME}/)?(?:{_NAME}|{_NAME}/{PART.pattern})", re.ASCII)
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_NO_FILE = {stat.S_IFLNK, stat.S_IFBLK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK}
_PASSWORD = 1


class ChunkedFile(io.FileIO):
    """A file that nobody reads in one go, as `zipfile` would read a directory of any size."""

    def read(self, size: int | None = -1, /) -> bytes:
        """So many bytes, if that is not beyond all measure.

        Raises:
            BadZipFile: if it is.
        """
        if size is not None and size > MAX_READ_BYTES:
            raise zipfile.BadZipFile(f"its directory is {size:,} bytes long")
        return super().read(size)


def plain(entries: Sequence[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """Those of an archive's entries that a release could have, by their names."""
    return [one for one in entries if _PLAIN_NAME.fullmatch(one.orig_filename)]


def complaint(entries: Sequence[zipfile.ZipInfo], archive_bytes: int) -> str | None:
    """What is in an archive and in no release; None if there is nothing to complain of."""
    read = plain(entries)
    for found, what in (
        (len(entries) > MAX_MEMBERS, f"{len(entries):,} members, more than {MAX_MEMBERS:,}"),
        (sum(one.file_size for one in entries) > MAX_BYTES, "more than 4 GiB when unpacked"),
        (sum(one.compress_size for one in entries) > archive_bytes, "overlapping members"),
        (any(map(_is_no_file, entries)), "a link or a device"),
        (any(one.volume for one in entries), "a member on another volume"),
        (len({one.filename.lower() for one in read}) < len(read), "two members with the same name"),
        (any(one.flag_bits & _PASSWORD for one in read), "password-protected members"),
        (
            any(one.compress_type not in _METHODS for one in read),
            "members with an unsupported compression",
        ),
        (any(map(_is_bomb, read)), f"a member that expands more than {MAX_RATIO}-fold"),
    ):
        if found:
            return what
    return None


def _is_no_file(entry: zipfile.ZipInfo) -> bool:
    return stat.S_IFMT(entry.external_attr >> 16) in _NO_FILE


def _is_bomb(entry: zipfile.ZipInfo) -> bool:
    return entry.file_size > MAX_RATIO * entry.compress_size

"""Zips, good ones and such as nobody should open, byte by byte."""

import random
import struct
import zipfile
import zlib
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from movielens.folder_or_zip import members

RATINGS = b"userId,movieId,rating,timestamp\n" + b"".join(
    b"%d,%d,4.0,%d\n" % (n, n * n % 97 + 1, 978_300_000 + n**3) for n in range(1, 200)
)
CENTRAL, END = b"PK\x01\x02", b"PK\x05\x06"
FLAGS, CRC, PACKED, SIZE, DISK, MODE, OFFSET = 8, 16, 20, 24, 34, 38, 42
"""Where an entry of a zip's directory has what."""
Entries = Iterable[tuple[str | zipfile.ZipInfo, bytes]]


def zipped(path: Path, given: Entries, method: int = zipfile.ZIP_DEFLATED) -> Path:
    """A zip of these members."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in given:
            archive.writestr(name, content, method)
    return path


def zipped_folder(folder: Path) -> Path:
    """A zip of a folder's files, beside it."""
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{folder.name}/{file.name}")
    return path


def release(path: Path) -> Path:
    """A zip of ratings."""
    return zipped(path, [("ml/ratings.csv", RATINGS)])


def said(path: Path, at: int, form: str, value: int) -> Path:
    """The zip, whose directory says something else of its first member."""
    content = bytearray(path.read_bytes())
    struct.pack_into(form, content, content.index(CENTRAL) + at, value)
    path.write_bytes(content)
    return path


def split(path: Path, first_bytes: int) -> Path:
    """The last disk of a zip on two."""
    rest = bytearray(path.read_bytes()[first_bytes:])
    end = rest.index(END)
    struct.pack_into("<HH", rest, end + 4, 1, 1)
    struct.pack_into("<L", rest, end + 16, rest.index(CENTRAL))
    path.write_bytes(rest)
    return path


def of_mode(mode: int, name: str = "ml/ratings.csv") -> zipfile.ZipInfo:
    """A member of this file mode."""
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    return info


def quoted_overlap(path: Path, count: int) -> Path:
    """Members each of which holds all that follow, header and bytes, quoted by DEFLATE.

    Source: D. Fifield, A better zip bomb,
    https://www.usenix.org/conference/woot19/presentation/fifield.
    """
    packer = zlib.compressobj(wbits=-15)
    content = random.Random(1).randbytes(20_000)
    packed = packer.compress(content) + packer.flush()
    directory = []
    for number in range(count):
        name = b"ml/%03d.csv" % number
        what = (zlib.crc32(content), len(packed), len(content), len(name))
        header = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0x21, *what, 0) + name
        directory.append((name, what, len(header) + len(packed)))
        content = header + content
        quote = struct.pack("<BHH", 0, len(header), len(header) ^ 0xFFFF)
        packed = quote + header + packed
    whole = packed[len(quote) :]
    entries = b"".join(
        struct.pack("<4s6H3L5H2L", CENTRAL, 20, 20, 0, 8, 0, 0x21, *what, 0, 0, 0, 0, 0,
                    len(whole) - from_end) + name
        for name, what, from_end in directory
    )  # fmt: skip
    end = struct.pack("<4s4H2LH", END, 0, 0, count, count, len(entries), len(whole), 0)
    path.write_bytes(whole + entries + end)
    return path


def nested(inner: Path) -> bytes:
    """A zip as a member's bytes."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.write(inner, "ratings.csv")
    return buffer.getvalue()


def read(path: Path) -> list[bytes]:
    """All that a folder or a zip holds."""
    return [b"".join(member.chunks()) for member in members(path)[0]]

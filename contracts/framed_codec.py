"""Packed values as stored: a header that begins with the format, a checksum, then equal entries.

All numbers are little-endian; the CRC-32 is of header and entries, and stands between the two.
"""

import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.stored_value_checks import CorruptValue

FORMAT = 1
_CRC = struct.Struct("<I")
_CODES = {"u1": "B", "<u2": "H", "<u4": "I", "<u8": "Q"}


class FramedCodec:
    """How one kind of value is framed."""

    def __init__(self, name: str, header: Mapping[str, str], entry_bytes: int) -> None:
        """Describe it.

        Args:
            name: what a value is, for errors.
            header: NumPy types of the fields that follow the format, all of them unsigned.
            entry_bytes: size of an entry.
        """
        self.name = name
        self._entry_bytes = entry_bytes
        types = {"format": "u1", **header}
        self._types = np.dtype(list(types.items()))
        self._header = struct.Struct("<" + "".join(_CODES[one] for one in types.values()))
        self._body = self._header.size + _CRC.size

    def pack(self, header: Sequence[int], body: bytes) -> bytes:
        """A value with these fields after the format, and these entries."""
        head = self._header.pack(FORMAT, *header)
        return head + _CRC.pack(zlib.crc32(body, zlib.crc32(head))) + body

    def unpack(self, value: bytes) -> tuple[tuple[int, ...], bytes]:
        """The fields after the format, and the entries; whole ones, however many.

        Raises:
            CorruptValue: if it is cut, altered or of another format.
        """
        size = len(value) - self._body
        if size < 0 or size % self._entry_bytes:
            raise CorruptValue(f"{self.name} of {len(value)} bytes")
        found, *header = self._header.unpack_from(value)
        (crc,) = _CRC.unpack_from(value, self._header.size)
        body = value[self._body :]
        if found != FORMAT or crc != zlib.crc32(body, zlib.crc32(value[: self._header.size])):
            raise CorruptValue(f"{self.name} of format {found}, checksum {crc:08x}")
        return tuple(header), body

    def require_count(self, body: bytes, count: int) -> None:
        """Refuse more or fewer entries than a header says there are.

        Raises:
            CorruptValue: naming both numbers.
        """
        found = len(body) // self._entry_bytes
        if found != count:
            raise CorruptValue(f"{self.name} of {found} entries for {count}")

    def headers(self, count: int) -> NDArray[Any]:
        """So many headers to be filled in, for `pack_all`."""
        headers = np.zeros(count, self._types)
        headers["format"] = FORMAT
        return headers

    def pack_all(self, headers: NDArray[Any], bodies: NDArray[np.uint8]) -> list[bytes]:
        """What `pack` makes of each header and its row of entries, several times as fast.

        Args:
            headers: filled in, shape (n,).
            bodies: the entries' bytes, equally many in each row, shape (n, bytes).
        """
        heads = headers.view(np.uint8).reshape(len(headers), -1)
        size = self._body + bodies.shape[1]
        stored = np.empty((len(headers), size), np.uint8)
        stored[:, self._body :] = bodies
        stored[:, _CRC.size : self._body] = heads  # beside the entries, for one checksum of both
        view, crc32 = stored.data.cast("B"), zlib.crc32
        ends = range(size, len(view) + 1, size)
        crcs = [crc32(view[end - size + _CRC.size : end]) for end in ends]
        stored[:, : self._header.size] = heads
        stored[:, self._header.size : self._body] = np.array(crcs, "<u4")[:, None].view(np.uint8)
        content = stored.tobytes()
        return [content[end - size : end] for end in ends]

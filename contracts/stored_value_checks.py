"""The one error for stored values that are damaged, and the strict readers of stored text.

Anybody can write into Redis: nothing is allocated by what a stored number claims before it is
known to be one, and in its bounds.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from contracts.process_exit import DAMAGED, Failure

LARGEST = 2**63 - 1
PRINTED_BYTES = 40
"""Bytes of a damaged value that its error shows."""

_WHOLE = re.compile(rb"-?(?:0|[1-9][0-9]{0,18})")


class CorruptValue(Failure):
    """A stored value that is cut, altered, of another format or torn between two writes."""

    where = "Redis"
    what_to_do = "write it again with `reelstream rebuild`"
    code = DAMAGED


@contextmanager
def stored_at(key: str) -> Iterator[None]:
    """Within, what is damaged is damaged under this key: the error begins with it."""
    try:
        yield
    except CorruptValue as error:
        raise CorruptValue(f"{key}: {error}") from error


def whole_number(stored: bytes, least: int = 0, most: int = LARGEST) -> int:
    """A number as every writer writes it: digits, and nothing around or between them.

    Raises:
        CorruptValue: if it is not one, or out of bounds.
    """
    if _WHOLE.fullmatch(stored) and least <= int(stored) <= most:
        return int(stored)
    raise CorruptValue(f"{printable(stored)} is not a whole number from {least} to {most}")


def text(stored: bytes, most: int) -> str:
    """Stored text of at most so many bytes.

    Raises:
        CorruptValue: if it is longer, or no UTF-8.
    """
    try:
        if len(stored) <= most:
            return stored.decode()
    except UnicodeDecodeError:
        pass
    raise CorruptValue(f"{printable(stored)} is not text of at most {most} bytes")


def printable(stored: bytes) -> str:
    """A value's beginning, for an error's message."""
    return repr(stored[:PRINTED_BYTES]).removeprefix("b") + (
        "…" if len(stored) > PRINTED_BYTES else ""
    )

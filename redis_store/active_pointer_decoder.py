"""Which version is active: the pointer, as Redis holds it."""

from collections.abc import Mapping

from contracts.active_version import Active
from contracts.events import LAST_INSTANT_MS
from contracts.next_offsets import earlier
from contracts.stored_value_checks import CorruptValue, stored_at, whole_number

LARGEST_NUMBER = 2**53
"""Redis's scripts count in floating-point numbers."""
LARGEST_VERSION = 2**32 - 1
"""A list holds its version in four bytes."""
MOST_PARTITIONS = 1_000_000

_POINTER = (
    b"activation",
    b"version",
    b"previous",
    b"snapshot",
    b"previous_snapshot",
    b"activated_at_ms",
    b"token",
)


def decode_active(key: str, stored: Mapping[bytes, bytes]) -> Active:
    """The pointer from its hash.

    Raises:
        CorruptValue: naming the key, if a field is missing or is no number in its bounds.
    """
    with stored_at(key):
        if missing := [field for field in _POINTER if field not in stored]:
            raise CorruptValue(f"missing {b', '.join(missing).decode()}")
        whole_number(stored[b"token"], 0, LARGEST_NUMBER)  # the scripts compare it
        return _active(stored)


def _active(stored: Mapping[bytes, bytes]) -> Active:
    snapshot, before = _offsets(stored[b"snapshot"]), _offsets(stored[b"previous_snapshot"])
    previous = stored[b"previous"]
    return Active(
        activation=whole_number(stored[b"activation"], 1, LARGEST_NUMBER),
        version=whole_number(stored[b"version"], 1, LARGEST_VERSION),
        previous=whole_number(previous, 1, LARGEST_VERSION) if previous else None,
        snapshot=snapshot,
        # After a rollback the previous version is the newer one.
        oldest_snapshot=earlier(snapshot, before) if before else snapshot,
        activated_at_ms=whole_number(stored[b"activated_at_ms"], 0, LAST_INSTANT_MS),
        held=whole_number(stored.get(b"held", b"0"), 0, 1) == 1,  # earlier versions did not say
    )


def _offsets(stored: bytes) -> dict[int, int]:
    pairs = (part.partition(b"=") for part in stored.split(b",") if part)
    return {whole_number(p, 0, MOST_PARTITIONS): whole_number(offset) for p, _, offset in pairs}

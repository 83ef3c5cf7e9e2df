"""Positions in a topic, as the next offset to read in each partition: compared and combined.

Every stored offset is the *next* one to read.
"""

from collections.abc import Mapping

NextOffsets = Mapping[int, int]
"""The next offset of each partition."""


def reached(position: NextOffsets, target: NextOffsets) -> bool:
    """Whether `position` covers everything below `target` in each of its partitions."""
    return all(position.get(p, 0) >= offset for p, offset in target.items())


def earlier(a: NextOffsets, b: NextOffsets) -> dict[int, int]:
    """The smaller next offset of each partition that either names; a missing one is 0."""
    return {p: min(a.get(p, 0), b.get(p, 0)) for p in sorted({*a, *b})}


def later(a: NextOffsets, b: NextOffsets) -> dict[int, int]:
    """The larger next offset of each partition that either names; a missing one is 0."""
    return {p: max(a.get(p, 0), b.get(p, 0)) for p in sorted({*a, *b})}


def events_between(older: NextOffsets, newer: NextOffsets) -> int:
    """How many records lie between two positions."""
    return sum(max(0, offset - older.get(p, 0)) for p, offset in newer.items())


def to_json_keys(offsets: NextOffsets) -> dict[str, int]:
    """Offsets as a JSON object, partitions in order."""
    return {str(p): offsets[p] for p in sorted(offsets)}


def from_json_keys(offsets: Mapping[str, int]) -> dict[int, int]:
    """The inverse of `to_json_keys`."""
    return {int(p): offset for p, offset in offsets.items()}

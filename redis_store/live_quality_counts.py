"""What partitions' positions count of live quality, by group of users."""

from collections import Counter
from collections.abc import Collection, Iterable

from redis_store.partition_position import Position

JUDGED_FROM = (0, 1, 5, 20)
"""Likes from which a user belongs to a group that live quality is told of."""
AFTER_A_MINUTE = ("hour", "longer")
"""The groups by the time since the person's last rating, but for the shortest."""


def judged_in(positions: Iterable[Position], groups: Collection[str]) -> Counter[str]:
    """Likes and hits by what is told (`likes`, `live`, …), of these groups in these partitions."""
    found: Counter[str] = Counter()
    for position in positions:
        for name, count in position.judged.items():
            group, _, what = name.partition(":")
            if group in groups:
                found[what] += count
    return found

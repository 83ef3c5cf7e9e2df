"""A partition's position: what its keys reflect, and the counts of its records."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.stored_value_checks import CorruptValue, printable, stored_at, whole_number

WRITTEN = -1
"""What is said of a write instead of where the partition stands: no position is that."""
FENCES_BELOW, FENCES = WRITTEN - 1, 2**52
"""Apart from what says that something was written; as many as Lua's numbers tell apart."""
LOWEST_FENCE = FENCES_BELOW - FENCES

_FIELD = re.compile(rb"next|applied|no_effect|(rejected:[a-z_]{1,40})|(judged:[a-z0-9_:]{1,40})")


@dataclass(frozen=True)
class Position:
    """The next offset that a partition's keys reflect, and the running counts of its records.

    Attributes:
        next_offset: what is not below it is not reflected.
        applied: events that changed something.
        no_effect: events that did not.
        rejected: records that are no events, by reason.
        judged: likes and hits by `group:what`, of lists that were up to date; see
            `speed.live_quality`. They start again when a partition is loaded.
    """

    next_offset: int = 0
    applied: int = 0
    no_effect: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    judged: Mapping[str, int] = field(default_factory=dict)

    @property
    def counted(self) -> int:
        """All records counted; equals `next_offset`."""
        return self.applied + self.no_effect + sum(self.rejected.values())


def new_fence() -> int:
    """What nobody else's position says: a number below zero."""
    return FENCES_BELOW - secrets.randbelow(FENCES)


def decode_position(key: str, stored: Mapping[bytes, bytes]) -> Position:
    """A position from its hash; while a partition is loaded it has none.

    Raises:
        CorruptValue: naming the key, if a field is unknown or not a number, or if
            not every record below the next offset is counted.
    """
    with stored_at(key):
        counts = dict(_count(name, value) for name, value in stored.items())

    def kept(kind: str) -> dict[str, int]:
        return {n.partition(":")[2]: v for n, v in counts.items() if n.startswith(f"{kind}:")}

    applied, no_effect = counts.get("applied", 0), counts.get("no_effect", 0)
    upto = max(0, counts.get("next", 0))
    position = Position(upto, applied, no_effect, kept("rejected"), kept("judged"))
    if position.counted != upto:
        raise CorruptValue(f"{key}: counts {position.counted} records below offset {upto}")
    return position


def _count(name: bytes, value: bytes) -> tuple[str, int]:
    """A field of a position."""
    if not _FIELD.fullmatch(name):
        raise CorruptValue(f"unexpected field {printable(name)}")
    return name.decode(), whole_number(value, LOWEST_FENCE if name == b"next" else 0)

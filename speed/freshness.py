"""How long it took from a record's append to its readable list."""

from collections import Counter
from collections.abc import Mapping

from contracts.histograms import bucket_of


class Freshness:
    """Appended → readable, counted by partition for live events whose list was made.

    A partition has one owner at a time: it adds its new counts to those that the status hash keeps,
    so that neither a restart nor a hand-over forgets any.
    """

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self._new: Counter[str] = Counter()

    def add(self, partition: int, appended_ms: int, readable_ms: int) -> int:
        """Count one event; its milliseconds."""
        took = max(0, readable_ms - appended_ms)
        self._new[f"fresh:{partition}:{bucket_of(took)}"] += 1
        return took

    def fields(self, kept: Mapping[str, str]) -> dict[str, int]:
        """What has been counted anew, added to the status hash's own fields."""
        return {name: int(kept.get(name, 0)) + count for name, count in self._new.items()}

    def told(self) -> None:
        """Forget what the status hash holds now."""
        self._new.clear()

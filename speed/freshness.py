"""How long it took from a record's append to its readable list."""

from collections import Counter

from contracts.histograms import bucket_of


class Freshness:
    """Appended → readable, counted for live events whose list was made."""

    def __init__(self, counts: dict[str, str]) -> None:
        """Go on from what the status hash holds, so that a restart forgets nothing."""
        kept = {k: v for k, v in counts.items() if k.startswith("fresh:")}
        self._counts = Counter({int(k.removeprefix("fresh:")): int(v) for k, v in kept.items()})

    def add(self, appended_ms: int, readable_ms: int) -> int:
        """Count one event; its milliseconds."""
        took = max(0, readable_ms - appended_ms)
        self._counts[bucket_of(took)] += 1
        return took

    def fields(self) -> dict[str, int]:
        """The counts as fields of the status hash."""
        return {f"fresh:{bucket}": count for bucket, count in self._counts.items()}

"""A window's trends, summed up; the finished part, nearly all of it, is held in memory."""

from typing import NamedTuple

from api.services import Trends
from contracts.trends import Bucket, Tally, Window, decayed, joined


class FinishedBuckets(NamedTuple):
    """A window's finished buckets, how many records each reflects, and their sums."""

    buckets: list[Bucket]
    records: list[int | None]
    tallies: dict[str, Tally]


class TrendWindowCache:
    """Sums a window up; finished buckets are read again only where they have changed."""

    def __init__(self, trends: Trends) -> None:
        """Hold nothing yet."""
        self._trends = trends
        self._held: dict[Window, FinishedBuckets] = {}

    def tallies(self, window: Window, now_s: int) -> dict[str, Tally]:
        """The window's sums at this moment, by `m:movie` and `g:genre`.

        Raises:
            StoreError: if the store is away.
        """
        running, *finished = window.buckets(now_s)
        newest = decayed(self._trends.read([running]), window.half_life)
        return joined(newest, self._finished(window, finished))

    def _finished(self, window: Window, buckets: list[Bucket]) -> dict[str, Tally]:
        records, held = self._trends.records(buckets), self._held.get(window)
        if held is None or (held.buckets, held.records) != (buckets, records):
            tallies = decayed(self._trends.read(buckets), window.half_life, youngest=1)
            self._held[window] = held = FinishedBuckets(buckets, records, tallies)
        return held.tallies

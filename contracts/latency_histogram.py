"""Durations counted in logarithmic buckets, so that they can be added up and read as quantiles."""

import math
from collections.abc import Mapping

GROWTH = 1.1
"""Neighbouring buckets differ by a tenth, which bounds the error of a quantile."""


def bucket_of(milliseconds: float) -> int:
    """The bucket of a duration; everything up to a millisecond is in 0."""
    return max(0, math.ceil(math.log(max(milliseconds, 1), GROWTH)))


def upper_ms(bucket: int) -> float:
    """The longest duration that a bucket holds."""
    return float(GROWTH**bucket)


def quantile_ms(counts: Mapping[int, int], share: float) -> float | None:
    """A duration that `share` of all do not exceed, to a tenth; None for none."""
    total = sum(counts.values())
    seen = 0
    for bucket in sorted(counts):
        seen += counts[bucket]
        if seen >= share * total:
            return upper_ms(bucket)
    return None

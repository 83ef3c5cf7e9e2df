"""Paired bootstrap over users: confidence intervals for comparisons."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SAMPLES = 2_000
LEVEL = 0.95

Values = NDArray[np.float64]


class Interval(NamedTuple):
    """A value, and where 95 % of resampled ones lie."""

    value: float
    low: float
    high: float


def quotient(above: Values, below: Values, seed: int) -> Interval:
    """Σ above / Σ below over resampled users, both of shape (users,).

    A mean over cases is Σ sums / Σ counts; two contenders' difference is that of their sums' own
    difference, and so is paired. Not a number where all of `below` is 0.
    """
    sums = _resampled(np.stack([above, below], 1), seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _interval(sums[:, 0] / sums[:, 1])


def _resampled(columns: Values, seed: int) -> Values:
    """Sums over the users as they are, then over SAMPLES draws of as many with replacement."""
    count = len(columns)
    random = np.random.default_rng(seed)
    times = random.multinomial(count, np.full(count, 1 / count), SAMPLES)
    return np.vstack([columns.sum(0), times @ columns])


def _interval(values: Values) -> Interval:
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(values[1:], [tail, 1 - tail])
    return Interval(float(values[0]), float(low), float(high))

"""What the movies that somebody likes have in common, as part of that person's taste.

A ridge regression over a handful of likes is careful: of five westerns it learns less that they are
westerns than that everybody likes such movies. So what is known of the movies is looked at once
more. Where likes agree in it, their mean is added to the content part of the person's vector; where
they are of all kinds, hardly anything is, and after a single like nothing.

With v the content of a like and w what it counts for, agreement is

    c = (|Σ w·v|² - Σ w²·|v|²) / (Σ w · Σ w·|v|²),

the products of all likes with each other, but for those with themselves: 0 for one like, 1 - 1/n
for n that are all alike. What is added is c² · Σ w·v / Σ w, times `content_agreement`.
"""

import numpy as np
from numpy.typing import NDArray

from recommender.numba_kernels import TINY, row_sums

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


def shares(content: Floats, counted: Doubles) -> Doubles:
    """By how much each rating's content is added to a person's vector, shape (n,).

    Args:
        content: of the rated movies, shape (n, columns).
        counted: what each counts for, shape (n,): 0 for what is no like.
    """
    lengths = (content.astype(np.float64) ** 2).sum(axis=1)
    together = counted @ content
    whole = counted.sum() * (counted @ lengths)
    if whole <= TINY:
        return np.zeros(len(content))
    agreement = max(0.0, together @ together - counted**2 @ lengths) / whole
    shared: Doubles = agreement**2 / counted.sum() * counted
    return shared


def added(content: Floats, starts: NDArray[np.int64], rows: NDArray[np.int32]) -> Floats:
    """What is added to the vectors of many people, all of whose likes count alike.

    Args:
        content: of all movies, shape (movies, columns).
        starts: where each person's likes begin, and the end of the last, shape (people + 1,).
        rows: the movies that are liked, shape (starts[-1],).

    Returns:
        Shape (people, columns).
    """
    together, lengths = row_sums(starts, rows, content)
    likes = np.maximum(np.diff(starts), 1)
    whole = np.maximum(likes * lengths, TINY)
    agreement = np.maximum((together**2).sum(axis=1) - lengths, 0) / whole
    common: Floats = (agreement**2 / likes).astype(np.float32)[:, None] * together
    return common

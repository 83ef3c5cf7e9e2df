"""What the movies that somebody likes have in common, as part of that person's vector.

A ridge regression over a handful of likes is careful: five westerns teach it less that they are
westerns than that everybody likes such movies. So the mean content of a person's likes is added to
the content columns of the person's vector, the more the likes agree: nearly all of it after many
likes of one kind, nothing after a single like, and little where likes are of all kinds.

With v the content of a like and w what it counts for, the agreement is

    c = (|Σ w·v|² - Σ w²·|v|²) / (Σ w · Σ w·|v|²),

the inner products of all pairs of two likes, beside what they would be if all were alike: 0 for one
like, 1 - 1/n for n that are alike, some .2 for five movies drawn at random. What is added is
c² · Σ w·v / Σ w, times `content_agreement`. Dislikes take no part: they hold their movies' scores
down in the regression.

Source: the mean of what is liked is Rocchio 1971, "Relevance feedback in information retrieval";
agreement is the mean similarity inside a list of Ziegler et al. 2005, "Improving recommendation
lists through topic diversification". Its square, and the sum with a regression, are our own.
"""

import numpy as np
from numpy.typing import NDArray

from recommender.numba_kernels import row_sums

NOTHING_KNOWN = 1e-12
"""Squared lengths of content that say nothing."""

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


def shares(content: Floats, counted: Doubles) -> Doubles:
    """By how much the content of each of somebody's ratings is added, shape (n,).

    Args:
        content: of the rated movies, shape (n, columns).
        counted: what each counts for, shape (n,): 0 for what is no like.
    """
    lengths = (content.astype(np.float64) ** 2).sum(axis=1)
    together = counted @ content
    whole = counted.sum() * (counted @ lengths)
    if whole <= NOTHING_KNOWN:
        return np.zeros(len(content))
    agreement = max(0.0, together @ together - counted**2 @ lengths) / whole
    shared: Doubles = agreement**2 / counted.sum() * counted
    return shared


def common_content(content: Floats, starts: NDArray[np.int64], rows: NDArray[np.int32]) -> Doubles:
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
    whole = np.maximum(likes * lengths, NOTHING_KNOWN)
    agreement = np.maximum((together**2).sum(axis=1) - lengths, 0) / whole
    common: Doubles = (agreement**2 / likes)[:, None] * together
    return common

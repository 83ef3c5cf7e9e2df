"""Exact top-N."""

import numpy as np
from numpy.typing import NDArray


def top(scores: NDArray[np.float32], masked: NDArray[np.intp], limit: int) -> NDArray[np.intp]:
    """Indices of the highest scores, highest first; equal scores by smaller index.

    Args:
        scores: shape (n,), finite.
        masked: indices that must not appear.
        limit: at most so many.
    """
    open_scores = scores.copy()
    open_scores[masked] = -np.inf
    limit = min(limit, len(scores) - len(masked))
    if limit <= 0:
        return np.empty(0, np.intp)
    least = np.partition(open_scores, -limit)[-limit]
    candidates = np.flatnonzero(open_scores >= least)
    order = np.argsort(-open_scores[candidates], kind="stable")
    return candidates[order[:limit]]

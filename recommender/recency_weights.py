"""Focus: how much what somebody liked lately counts beside what they liked long ago.

Stored lists have the focus 0: every rating counts alike. Whether this evening should count for
more is a person's own choice: no measure over MovieLens can make it, because recency there only
foretells the order of a rating page.
"""

import numpy as np
from numpy.typing import NDArray

from recommender.preference import likes

LIKES_AGO = 4.0
"""At focus 1 a rating so many newer likes ago counts for 1/e."""

Counted = NDArray[np.float64] | float
"""What each rating counts for, shape (n,), or all of them."""
ALL_ALIKE: Counted = 1.0


def counted(
    half_stars: NDArray[np.uint8], rated_at_ms: NDArray[np.int64], focus: float
) -> NDArray[np.float64]:
    """What each of somebody's ratings counts for, from 0 to 1, shape (n,).

    The age of a rating is the number of likes that are strictly newer, so that no order is needed
    among those of one instant: (1 - focus) + focus·exp(-age / LIKES_AGO).

    Args:
        half_stars: the ratings, shape (n,); what is retracted or dismissed makes nothing older.
        rated_at_ms: when each was given, shape (n,).
        focus: from 0, always, to 1, this evening.
    """
    liked_at_ms = np.sort(rated_at_ms[likes(half_stars)])
    age = len(liked_at_ms) - np.searchsorted(liked_at_ms, rated_at_ms, side="right")
    weights: NDArray[np.float64] = (1 - focus) + focus * np.exp(-age / LIKES_AGO)
    return weights

"""Movies that jump into many lists at once: the effect of an attack, whatever its method."""

import numpy as np
from numpy.typing import NDArray

BELOW, ABOVE = 0.002, 0.02
"""Shares of a panel's top tens: a movie that was in fewer than the first, and is now in more than
the second. Most attacks that matter do that; an honest retrain hardly ever does."""
FEWEST = 10
"""Users in whose lists it must be: below a panel of 500, 2 % are so few that a movie which has just
come out gets there by itself. Where one list is expected, ten by chance are one in ten million."""


def jumped(before: NDArray[np.intp], after: NDArray[np.intp], users: int) -> NDArray[np.intp]:
    """Which movies came from hardly any top ten of a panel into many.

    The panel are users whose histories are the same before and after: what changes their lists is
    what others did.

    Args:
        before: in how many of the panel's top tens each movie was, shape (movies,).
        after: likewise, now.
        users: how many the panel has.
    """
    most = np.maximum(ABOVE * users, FEWEST - 1)
    return np.flatnonzero((before < BELOW * users) & (after > most))

"""Damped biases: how far movies and users lie from the mean."""

import numpy as np
from numpy.typing import NDArray


def damped_biases(
    groups: NDArray[np.intp], values: NDArray[np.float64], count: int, damping: float
) -> NDArray[np.float64]:
    """Per group, the sum of its values over its size plus `damping`.

    Damping pulls the bias of a small group towards 0 (Koren, Bell and Volinsky 2009). Shape (n,)
    groups and values to shape (count,).
    """
    sums = np.bincount(groups, values, count)
    return sums / (np.bincount(groups, minlength=count) + damping)

"""Random numbers that are the same on every machine.

Every random number is a uniform one of PCG64 (O'Neill 2014, HMC-CS-2014-0905), and all that is made
of them takes only operations that IEEE 754 rounds exactly: no logarithm, no power, no matrix
product, no sum of many floats. Orders have no ties, or are stable.
"""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def stream(*seed: int) -> np.random.Generator:
    """A stream of its own for every sequence of non-negative integers."""
    return np.random.Generator(np.random.PCG64(seed))


def below(random: np.random.Generator, limit: Ints) -> Ints:
    """An integer from 0 to below each limit."""
    return (limit * random.random(limit.shape)).astype(np.int64)


def mostly_low(random: np.random.Generator, limit: Ints) -> Ints:
    """An integer from 0 to below each limit, the lower the likelier: its root is uniform."""
    root = random.random(limit.shape)
    return (limit * (root * root)).astype(np.int64)


def cube(values: Floats) -> Floats:
    """Their third powers, by multiplication alone."""
    return values * values * values


def bell(random: np.random.Generator, *shape: int) -> Floats:
    """Sums of three uniform numbers, from -3 to 3: nearly normal, of mean 0 and deviation 1."""
    return 2 * (random.random(shape) + random.random(shape) + random.random(shape)) - 3


def odds(chances: Floats, largest: float) -> Floats:
    """Uniform numbers as log-logistic ones, u / (1 - u), the tail bent to end at `largest`."""
    return chances / (1 + 1 / largest - chances)

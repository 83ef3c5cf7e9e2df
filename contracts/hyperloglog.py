"""How many users, about: HyperLogLog sketches of user ids.

A sketch is 2,048 registers of a byte. A user's id is hashed to 64 bits by the finaliser of
SplitMix64, in arithmetic modulo 2^64:

    z = user_id
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB
    z = z ^ (z >> 31)

The low 11 bits of z are the user's register. The other 53, z >> 11, give the user's rank: the zeros
before their first one, plus 1; from 1 to 54, which is that of no ones at all. A register holds the
largest rank of its users, 0 if it has none. So the order of users and their repetition do not
matter, and the sketch of two groups together is the larger of each register.

Flajolet, Fusy, Gandouet, Meunier: HyperLogLog: the analysis of a near-optimal cardinality
estimation algorithm (AofA 2007). Steele, Lea, Flood: Fast splittable pseudorandom number generators
(OOPSLA 2014).
"""

from collections.abc import Iterable
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

REGISTER_BITS = 11
REGISTERS = 1 << REGISTER_BITS
RANK_BITS = 64 - REGISTER_BITS
LARGEST_RANK = RANK_BITS + 1
STANDARD_ERROR = 1.04 / sqrt(REGISTERS)
"""Of an estimate, as a share of it: 2.3 %."""

Registers = NDArray[np.uint8]
"""A sketch: (2048,)."""


def registers_and_ranks(
    user_ids: NDArray[np.integer],
) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """Each user's register and rank; user ids are positive."""
    z: NDArray[np.uint64] = user_ids.astype(np.uint64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    # 53 bits fit into a double, whose exponent is their length.
    _, length = np.frexp((z >> REGISTER_BITS).astype(np.float64))
    ranks = (LARGEST_RANK - length).astype(np.int8)
    return (z & (REGISTERS - 1)).astype(np.int64), ranks


def merged(sketches: Iterable[bytes]) -> Registers:
    """The sketch of all users of these together, 2,048 bytes each."""
    whole = np.zeros(REGISTERS, np.uint8)
    for sketch in sketches:
        np.maximum(whole, np.frombuffer(sketch, np.uint8), out=whole)
    return whole


def estimate(registers: Registers) -> float:
    """The estimated number of users in a sketch; few are counted by the empty registers."""
    m = REGISTERS
    raw = 0.7213 / (1 + 1.079 / m) * m * m / float(np.exp2(-registers.astype(np.float64)).sum())
    empty = m - int(np.count_nonzero(registers))
    return m * log(m / empty) if raw <= 2.5 * m and empty else raw

"""What a rating means to the ranking model."""

import numpy as np
from numpy.typing import NDArray

LIKE_FROM = 8
"""Half-stars from which a rating is a like: four stars."""
FIVE_STARS = 10
"""In half-stars."""
DISLIKE_UP_TO = 4
"""Half-stars up to which a rating is a dislike: two stars."""


def likes(half_stars: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which ratings are likes; states that are no half-stars are none. Shape (n,) to shape (n,)."""
    return (half_stars >= LIKE_FROM) & (half_stars <= FIVE_STARS)


def preference(half_stars: NDArray[np.uint8], dislike_weight: float) -> NDArray[np.float32]:
    """Likes as +1, dislikes as -`dislike_weight`, everything between as 0.

    A positive value is a target of 1, a negative one a target of 0 held with that weight, and 0 is
    no more than unobserved (the sign convention of MLlib's implicit ALS). Shape (n,) to shape (n,).
    States that are no half-stars (retracted 0, dismissed 255) are neutral.
    """
    out = np.zeros(half_stars.shape, np.float32)
    out[likes(half_stars)] = 1
    out[(half_stars >= 1) & (half_stars <= DISLIKE_UP_TO)] = -dislike_weight
    return out


def liked(movies: NDArray[np.intp], half_stars: NDArray[np.uint8]) -> NDArray[np.intp]:
    """The movies of a history that are liked; movies and states of shape (n,)."""
    return movies[likes(half_stars)]

"""Columns of ratings that hold what no rating has are refused."""

import numpy as np
from numpy.typing import NDArray


class NotARating(ValueError):
    """A value that no rating has; names it and where it stands."""


def check(
    user_id: NDArray[np.int32], movie_id: NDArray[np.int32], half_stars: NDArray[np.uint8]
) -> None:
    """Refuse columns, shape (n,) each, that are no ratings.

    Raises:
        NotARating: if an id is below 1 or a value is not 1 to 10 half-stars.
    """
    most = np.iinfo(np.int32).max
    for what, values, limit in (
        ("user id", user_id, most),
        ("movie id", movie_id, most),
        ("half-stars", half_stars, 10),
    ):
        wrong = np.flatnonzero(~((values >= 1) & (values <= limit)))
        if len(wrong):
            row = int(wrong[0])
            where = f"rating {row} of {len(values)}, user {user_id[row]}, movie {movie_id[row]}"
            raise NotARating(f"{what} {values[row]} ({where}): it is 1 to {limit}")

import numpy as np
import pytest

from recommender.rating_checks import NotARating, check


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ((7, 10, 0), "half-stars 0 (rating 1 of 3, user 7, movie 10): it is 1 to 10"),
        ((7, 10, 11), "half-stars 11 (rating 1 of 3, user 7, movie 10): it is 1 to 10"),
        ((7, 10, 255), "half-stars 255"),
        ((0, 10, 5), "user id 0 (rating 1 of 3, user 0, movie 10): it is 1 to 2147483647"),
        ((-5, 10, 5), "user id -5"),
        ((7, -7, 5), "movie id -7"),
    ],
)
def test_what_is_no_rating_is_refused_by_name(row: tuple[int, int, int], message: str) -> None:
    users, movies, stars = (np.array([1, value, 1]) for value in row)

    with pytest.raises(NotARating) as refusal:
        check(users.astype(np.int32), movies.astype(np.int32), stars.astype(np.uint8))

    assert message in str(refusal.value)


def test_what_is_a_rating_is_not_refused() -> None:
    ids = np.array([1, 2**31 - 1], np.int32)

    check(ids, ids, np.array([1, 10], np.uint8))

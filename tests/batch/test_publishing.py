import numpy as np

from batch.publishing import POPULAR_LENGTH, popular_list
from contracts.lists import NO_STARS, pack
from tests.builders import AT_MS, model


def test_popular_movies_come_by_likes() -> None:
    one = model(movies=4)
    one.likes[:] = [3, 9, 0, 5]

    popular = popular_list(2, one, AT_MS)

    assert popular.movies.tolist() == [20, 40, 10, 30]
    assert popular.scores.tolist() == [9, 5, 3, 0]


def test_equally_liked_movies_come_by_id() -> None:
    one = model(movies=3)
    one.likes[:] = 1

    assert popular_list(2, one, AT_MS).movies.tolist() == [10, 20, 30]


def test_the_popular_list_is_stamped_and_predicts_no_stars() -> None:
    popular = popular_list(2, model(), AT_MS)

    assert (popular.version, popular.next_offset, popular.generated_at_ms) == (2, 0, AT_MS)
    assert np.all(popular.stars_x10 == NO_STARS)


def test_the_popular_list_is_a_bounded_value() -> None:
    popular = popular_list(2, model(movies=POPULAR_LENGTH + 1), AT_MS)

    assert len(popular.movies) == POPULAR_LENGTH
    assert len(pack(popular)) <= 65_536

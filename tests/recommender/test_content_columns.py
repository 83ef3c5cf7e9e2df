import numpy as np
import pytest

from recommender.content_columns import with_columns
from recommender.similar_movies import Content

FACTORS = np.arange(6, dtype=np.float32).reshape(3, 2)
TOLD = Content(
    [("Horror",), ("Comedy", "Horror"), ()],
    [("ignored",)] * 3,
    [1999, 1985, None],
    [None, "French", None],
)


def test_vectors_begin_as_they_were() -> None:
    assert with_columns(FACTORS, TOLD, 0.8)[:, :2].tobytes() == FACTORS.tobytes()


def test_genres_decades_and_languages_have_a_column_each() -> None:
    columns = with_columns(FACTORS, TOLD, 1.0)[:, 2:]

    comedy, horror, eighties, nineties, french = columns.T
    assert horror == pytest.approx([1, 0.5**0.5, 0])
    assert comedy == pytest.approx([0, 0.5**0.5, 0])
    assert (eighties.tolist(), nineties.tolist()) == ([0, 0.5, 0], [0.5, 0, 0])
    assert french.tolist() == [0, 1, 0]


def test_the_part_that_says_the_genres_is_as_long_as_the_scale() -> None:
    columns = with_columns(FACTORS, TOLD, 0.8)[:, 2:]

    assert np.linalg.norm(columns[:, :2], axis=1) == pytest.approx([0.8, 0.8, 0])
    assert columns.dtype == np.float32


def test_of_movies_that_nobody_has_described_nothing_is_added() -> None:
    assert with_columns(FACTORS, Content.unknown(3), 0.8).tobytes() == FACTORS.tobytes()

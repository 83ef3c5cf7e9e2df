import dataclasses

import numpy as np
import pytest

from recommender.content_columns import MOST, with_columns
from recommender.similar_movies import Content

FACTORS = np.arange(12, dtype=np.float32).reshape(6, 2)
TOLD = Content(
    genres=[("Horror",), ("Comedy", "Horror"), (), ("Comedy", "Horror"), ("Comedy",), ("Rare",)],
    tags=[("ignored",)] * 6,
    years=[1999, 1985, None, 1984, 1980, 1995],
    languages=[None, "French", None, "French", "French", "German"],
)


def test_vectors_begin_as_they_were() -> None:
    assert with_columns(FACTORS, TOLD, 0.8)[:, :2].tobytes() == FACTORS.tobytes()


def test_genres_decades_and_languages_of_three_movies_have_a_column_each() -> None:
    columns = with_columns(FACTORS, TOLD, 1.0)[:, 2:]

    comedy, horror, eighties, french = columns.T
    both = 0.5**0.5
    assert horror == pytest.approx([1, both, 0, both, 0, 0])
    assert comedy == pytest.approx([0, both, 0, both, 1, 0])
    assert eighties.tolist() == [0, 0.5, 0, 0.5, 0.5, 0]
    assert french.tolist() == [0, 1, 0, 1, 1, 0]


def test_the_part_that_says_the_genres_is_as_long_as_the_scale() -> None:
    columns = with_columns(FACTORS, TOLD, 0.8)[:, 2:]

    lengths = np.linalg.norm(columns[:, :2], axis=1)
    assert lengths == pytest.approx([0.8, 0.8, 0, 0.8, 0.8, 0])
    assert columns.dtype == np.float32


def test_a_catalogue_of_many_genres_makes_vectors_no_longer() -> None:
    genres = [(f"genre {n // 3}",) for n in range(6 * MOST)]
    many = dataclasses.replace(Content.unknown(len(genres)), genres=genres)

    columns = with_columns(np.zeros((len(genres), 2), np.float32), many, 1.0)

    assert columns.shape[1] == 2 + MOST


def test_of_movies_that_nobody_has_described_nothing_is_added() -> None:
    assert with_columns(FACTORS, Content.unknown(6), 0.8).tobytes() == FACTORS.tobytes()

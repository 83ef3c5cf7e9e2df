"""What is known of movies as columns of their vectors: beside what ratings have taught.

The columns are fixed, and people's vectors are solved for them like for all others: somebody who
likes five westerns gets a taste for westerns, and movies that hardly anybody has rated have a place
in it. Similar movies and predicted stars read them like any other column; to what fold-in finds in
them, `recommender.content_agreement` adds.

Source: the idea of feature-augmented factors, Rendle 2010, "Factorization machines".
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.content_imaginary_users import DECADE, FEWEST
from recommender.similar_movies import Content

MOST = 40
"""Columns of genres, of decades and of languages each: vectors must not grow with a catalogue."""
DECADE_LENGTH = 0.5
"""Of the part that says the decade, beside 1 of the genres and 1 of the language."""

Floats = NDArray[np.float32]


def with_columns(factors: Floats, content: Content, scale: float) -> Floats:
    """Vectors with the columns of genres, decade and language after what they have.

    Args:
        factors: shape (movies, rank).
        content: of the movies, in the order of their rows.
        scale: length of the part that says the genres.
    """
    decades = [() if year is None else (str(year // DECADE),) for year in content.years]
    languages = [() if one is None else (one,) for one in content.languages]
    parts = [_unit(content.genres), DECADE_LENGTH * _unit(decades), _unit(languages)]
    return np.hstack([factors, *(np.float32(scale) * part for part in parts)])


def _unit(labels: Sequence[Sequence[str]]) -> Floats:
    """A column for each of the most frequent labels, (rows, labels); rows are of length 1 or 0."""
    often = Counter(label for some in labels for label in sorted(set(some)))
    kept = sorted(label for label, count in often.most_common(MOST) if count >= FEWEST)
    column = {label: at for at, label in enumerate(kept)}
    rows = np.zeros((len(labels), len(column)), np.float32)
    for row, some in zip(rows, labels, strict=True):
        at = sorted({column[label] for label in some if label in column})
        row[at] = max(len(at), 1) ** -0.5
    return rows

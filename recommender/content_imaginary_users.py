"""What is known of movies, told to the ranking as if somebody liked it.

Each genre, pair of genres, genre of a decade and language becomes an imaginary user who likes just
the movies that it is said of, and counts for `content_weight` of a real one in the movies' vectors.
Movies of a kind so get vectors that are somewhat alike, the more the fewer people have rated them.
The rules by which people's vectors and explanations are computed stay what they are.

Tags are left out: people add them later, and an evaluation would learn from what comes after its
cut. MLlib knows no weights of users: there, imaginary ones count for a whole one in what is not
observed and in the ridges.

Source: the idea of filterbots, Good et al. 1999, "Combining collaborative filtering with personal
agents for better recommendations".
"""

from collections.abc import Hashable, Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from recommender.preference import FIVE_STARS
from recommender.ratings import Pairs
from recommender.similar_movies import Content

FEWEST = 3
"""Movies of a kind from which it says something."""
DECADE = 10

HalfStars = NDArray[np.uint8]


def kinds(content: Content) -> list[NDArray[np.intp]]:
    """The movies of each kind that has enough of them: rows, ascending."""
    found: dict[Hashable, list[int]] = {}
    told = zip(content.genres, content.years, content.languages, strict=True)
    for row, one in enumerate(told):
        for kind in _kinds_of(*one):
            found.setdefault(kind, []).append(row)
    return [np.array(rows, np.intp) for rows in found.values() if len(rows) >= FEWEST]


def with_content(
    pairs: Pairs, half_stars: HalfStars, content: Content, weight: float
) -> tuple[Pairs, HalfStars]:
    """The ratings, and after them the likes of imaginary users.

    Args:
        pairs: real users' ratings.
        half_stars: what they gave, shape (n,).
        content: of the movies, in the order of their rows.
        weight: what an imaginary user counts for.
    """
    groups = kinds(content)
    if not groups:
        return pairs, half_stars
    people, movies = pairs.shape
    imaginary = np.repeat(np.arange(people, people + len(groups)), [len(one) for one in groups])
    liked = np.concatenate(groups)
    both = Pairs(
        np.concatenate([pairs.users, imaginary]),
        np.concatenate([pairs.movies, liked]),
        (people + len(groups), movies),
        np.concatenate([pairs.weights, np.full(len(groups), weight, np.float32)]),
    )
    return both, np.concatenate([half_stars, np.full(len(liked), FIVE_STARS, np.uint8)])


def _kinds_of(genres: Sequence[str], year: int | None, language: str | None) -> Iterator[Hashable]:
    yield from (("genre", genre) for genre in genres)
    yield from (("genres", *pair) for pair in combinations(sorted(set(genres)), 2))
    if year is not None:
        yield from (("decade", genre, year // DECADE) for genre in genres)
    if language is not None:
        yield "language", language
        yield from (("language", genre, language) for genre in genres)

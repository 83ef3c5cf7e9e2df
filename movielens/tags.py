"""The tags that a movie was given most."""

from array import array
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from contracts.events import MAX_ID
from movielens.delimited_records import Fields
from movielens.file_layouts import Role
from movielens.metadata_parsing import MAX_TEXT, Loss, natural, parsed, plain
from movielens.release import Release

MAX_TAGS = 10


def read_tags(release: Release, loss: Loss) -> dict[int, tuple[str, ...]]:
    """The tags of each movie that has any, case-folded, the most used first, then by name.

    A line costs eight bytes of memory, and a tag its name once.

    Raises:
        Damaged: if the file is not whole.
    """
    numbers: dict[str, int] = {}
    movies, tags = array("i"), array("i")
    for movie, tag in parsed(release, Role.tags, _tag, loss):
        if tag:
            movies.append(movie)
            tags.append(numbers.setdefault(tag, len(numbers)))
    names = sorted(numbers)
    rank = np.empty(len(names), np.int64)
    rank[[numbers[name] for name in names]] = np.arange(len(names))
    found: dict[int, list[str]] = defaultdict(list)
    for movie, number in _most_used(np.array(movies), rank[np.array(tags)]):
        found[movie].append(names[number])
    return {movie: tuple(used) for movie, used in found.items()}


def _tag(fields: Fields) -> tuple[int, str]:
    return natural("movieId", fields["movieId"], MAX_ID), plain(fields["tag"].casefold())[:MAX_TEXT]


def _most_used(movies: NDArray[np.int32], ranks: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Movies with the ranks of their tags, by movie, then by use, then by rank."""
    pairs, uses = np.unique(movies.astype(np.int64) << 32 | ranks, return_counts=True)
    order = np.lexsort((pairs, -uses, pairs >> 32))
    movie, rank = pairs[order] >> 32, pairs[order] & 0xFFFF_FFFF
    nth = np.arange(len(movie)) - np.searchsorted(movie, movie)
    kept = nth < MAX_TAGS
    return list(zip(movie[kept].tolist(), rank[kept].tolist(), strict=True))

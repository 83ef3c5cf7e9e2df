"""The content of a version besides its model: built whole, checked by the gate, then published."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.ranked_lists import RankedList, UserLists
from contracts.similar_movies import Neighbours


@dataclass(frozen=True)
class VersionLists:
    """A version's lists.

    Attributes:
        version: whose they are.
        lists: of all users who like something.
        popular: movies by likes, the fallback for anyone without a list.
        by_genre: the same of each genre.
        similar: each movie's neighbours.
    """

    version: int
    lists: UserLists
    popular: RankedList
    by_genre: Mapping[str, RankedList]
    similar: Mapping[int, Neighbours]

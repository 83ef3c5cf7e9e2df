"""What a version shows besides its model: made whole, looked at by the gate, then published."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.lists import RankedList, UserLists
from contracts.neighbours import Neighbours


@dataclass(frozen=True)
class Made:
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

"""The two stages of a search for hyper-parameters, and how far one has come."""

from typing import NamedTuple

RANKING, STARS = "ranking", "stars"


class Tried(NamedTuple):
    """How far a search has come: the study, how many trials of it are done, and the best value."""

    study: str
    done: int
    best: float

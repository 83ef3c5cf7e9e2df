"""What one evaluation, or one search, is asked to do."""

from enum import StrEnum
from pathlib import Path
from typing import NamedTuple


class Protocol(StrEnum):
    """What is held out."""

    random = "random"
    last = "last"
    return_ = "return"
    onboard = "onboard"
    prequential = "prequential"


class Comparison(NamedTuple):
    """What an evaluation is asked to do.

    Attributes:
        protocols: what is held out.
        models: names; all of them if None.
        seeds: splits of `random`.
        k: length of the judged lists.
        tuned: file of parameters by split; the defaults if None.
        picture: file to draw into, if any.
    """

    protocols: list[Protocol]
    models: list[str] | None
    seeds: int
    k: int
    tuned: Path | None
    picture: Path | None


class Search(NamedTuple):
    """What a search for hyper-parameters is asked to do.

    Attributes:
        split: whose training side it is.
        trials: of ranking and of stars.
        journal: where trials are kept.
        out: file of parameters by split, to put the best into, if any.
    """

    split: str
    trials: int
    journal: Path
    out: Path | None

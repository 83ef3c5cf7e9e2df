"""Splits by their names, and whether a split can judge anything."""

from batch.evaluation.errors import NoSuchSplit, NothingToJudge
from batch.evaluation.splits import Splitter, at_cut, at_random, in_time, last_of_each
from recommender.ratings import Split


def split_of(name: str) -> Splitter:
    """The split of this name: `random-1` and so on, `last`, `prequential`, `cut-50` and so on.

    Raises:
        NoSuchSplit: for another name.
    """
    if name == "last":
        return last_of_each
    if name == "prequential":
        return in_time
    kind, _, number = name.partition("-")
    if kind == "random" and number.isdecimal():
        return at_random(int(number))
    if kind == "cut" and number.isdecimal() and 0 < int(number) < 100:
        return at_cut(int(number) / 100)
    raise NoSuchSplit(f"{name!r} is not one of random-SEED, last, prequential, cut-PERCENT")


def random_splits(seeds: int) -> list[str]:
    """Names of the first so many random splits."""
    return [f"random-{seed}" for seed in range(1, seeds + 1)]


def judgeable(split: Split, name: str) -> Split:
    """The split, if there is something to learn from and something to judge by.

    Raises:
        NothingToJudge: if a side of it is without a like.
    """
    for side, ratings in (("learn from", split.train), ("evaluate on", split.test)):
        if not ratings.likes.any():
            raise NothingToJudge(f"{name}: no likes to {side} among {len(ratings)} ratings")
    return split

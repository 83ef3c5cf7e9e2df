"""Data sets of any size in the shape of MovieLens, made of a seed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from contracts.events import FIRST_VISITOR_ID, MAX_ID

WHAT_IT_IS_NOT = (
    "No real people rated these films, and no such films exist: all of it is drawn at random from "
    "a seed. Its statistics are like those of MovieLens only in rough outline. It shows how a "
    "system copes with the size; no conclusion about quality on real data may be drawn from it."
)


class ImpossibleShape(ValueError):
    """A shape that no data set can have; names the value."""


@dataclass(frozen=True)
class Shape:
    """What makes a data set: its users, movies and ratings, and the seed of everything else."""

    users: int
    movies: int
    ratings: int
    seed: int


def generate(folder: Path, shape: Shape, report: Callable[[int], None]) -> None:
    """Write a data set in the layout of MovieLens 25M, the same bytes for the same shape.

    Memory grows with users and movies, and with what the most active user has rated.

    Args:
        folder: where to; new or empty, and there only when it is whole.
        shape: how large.
        report: told how many ratings have been written.

    Raises:
        ImpossibleShape: if no data set has that shape.
        FileExistsError: if the folder holds files.
        NotADirectoryError: if it is a file.
    """
    from producer.generate.release import write

    check(shape)
    write(folder, shape, report)


def check(shape: Shape) -> None:
    """Refuse a shape that no data set can have.

    Raises:
        ImpossibleShape: naming the value.
    """
    users, movies, ratings = shape.users, shape.movies, shape.ratings
    refusals = {
        f"a seed of {shape.seed}: it is below 0": shape.seed < 0,
        f"{users} users: there are 1 to {FIRST_VISITOR_ID - 1}": not 0 < users < FIRST_VISITOR_ID,
        f"{movies} movies: there are 1 to {MAX_ID}": not 0 < movies <= MAX_ID,
        f"{ratings} ratings: {users} users have at least one each": ratings < users,
        f"{ratings} ratings: {users} users of {movies} movies give at most {users * movies}": (
            ratings > users * movies
        ),
    }
    for refusal, applies in refusals.items():
        if applies:
            raise ImpossibleShape(refusal)

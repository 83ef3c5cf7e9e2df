"""Generated data sets of any size in the shape of MovieLens, from a seed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from contracts.events import FIRST_VISITOR_ID, MAX_ID
from contracts.process_exit import USAGE, Failure

WHAT_IT_IS_NOT = (
    "No real people rated these movies, and no such movies exist: everything is drawn at random "
    "from a seed. Its statistics resemble those of MovieLens only roughly. It shows how a system "
    "copes with the size, and says nothing about quality on real data."
)


class ImpossibleShape(Failure):
    """A shape that no data set can have; names the value."""

    where = "producer generate"
    what_to_do = "give another size"
    code = USAGE


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
        f"seed {shape.seed} is below 0": shape.seed < 0,
        f"{users} users: the range is 1 to {FIRST_VISITOR_ID - 1}": not 0
        < users
        < FIRST_VISITOR_ID,
        f"{movies} movies: the range is 1 to {MAX_ID}": not 0 < movies <= MAX_ID,
        f"{ratings} ratings are too few: {users} users need at least one each": ratings < users,
        f"{ratings} ratings: {users} users and {movies} movies allow {users * movies}": (
            ratings > users * movies
        ),
    }
    for refusal, applies in refusals.items():
        if applies:
            raise ImpossibleShape(refusal)

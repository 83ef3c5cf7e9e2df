"""The cost of a person's list in the speed layer: `python -m bench.fold_in`.

Histories of random ratings are folded into a random model and ranked: as the worker does it, all
people of a poll at once, and by the plain numpy loop, one after the other (`Folder.ranked`). The
sides take turns and are compared by processor time, with BLAS on one thread. Then how ours grows
with the length of histories and with the number of movies. `--quick` has fewer people.
"""

import statistics
from collections.abc import Callable
from typing import Annotated

import numpy as np
import typer
from threadpoolctl import threadpool_limits

from bench.benchmark_report import AsJson, Figure, Keep, at_least, report
from bench.cpu_timer import Since
from contracts.artefact import Model
from contracts.histories import Entry, History
from contracts.hyper_parameters import Parameters
from recommender.bulk_lists import HistoryBatch, ranked_lists
from recommender.fold_in import Folder

RANK, CONTENT, LIMIT = 64, 36, 100
MOVIES, LENGTH = 27_000, 165
PEOPLE, QUICK_PEOPLE, ROUNDS = 1_000, 200, 5
POLLS = (1, 10, 100)
LENGTHS, SIZES = (10, 100, 1_000, 10_000), (3_000, 9_000, 81_000)
TIMES = 3

People = list[History]
Side = Callable[[Folder, People], object]


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Fewer people.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Fold histories in, all people of a poll at once and one by one."""
    count = QUICK_PEOPLE if quick else PEOPLE
    folder, people = Folder(model(MOVIES)), crowd(MOVIES, LENGTH, count)
    together(folder, people[:1])  # numba compiles, or loads
    with threadpool_limits(1):
        rows = beside_the_loop(folder, people)
        for length in LENGTHS:
            some = crowd(MOVIES, length, max(10, count * LENGTH // (length + LENGTH)))
            rows.append(row(f"histories of {length} ratings", folder, some))
        for movies in SIZES:
            some = crowd(movies, LENGTH, count)
            rows.append(row(f"{movies} movies", Folder(model(movies)), some))
    report("fold_in", rows, as_json, keep)


def beside_the_loop(folder: Folder, people: People) -> list[Figure]:
    """People of a poll at once beside one after the other, for polls of several sizes."""
    sides: dict[str, Side] = {"one by one, numpy": one_by_one}
    sides |= {f"polls of {size}": polls_of(size) for size in (*POLLS, len(people))}
    us: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, side in sides.items():
            us[name].append(cost_us(side, folder, people))
    plain, *ours = us.values()
    ratio = statistics.median(one / other for one, other in zip(plain, ours[-1], strict=True))
    return [
        Figure("movies", MOVIES, "", "", None),
        Figure("rank", RANK, "", "", None),
        Figure("ratings of each person", LENGTH, "", "", None),
        *(Figure(name, round(statistics.median(some)), "µs a list", "", None)
          for name, some in us.items()),
        Figure("lists a CPU-second", round(1e6 / statistics.median(ours[-1])), "", "", None),
        at_least("plain numpy loop / ours, processor time", round(ratio, 1), "", TIMES),
    ]  # fmt: skip


def row(name: str, folder: Folder, people: People) -> Figure:
    """What a list costs among these."""
    costs = [cost_us(together, folder, people) for _ in range(ROUNDS)]
    return Figure(name, round(statistics.median(costs)), "µs a list", "", None)


def cost_us(side: Side, folder: Folder, people: People) -> float:
    """Processor time of a list, in microseconds."""
    began = Since()
    side(folder, people)
    return began.cost(len(people)).us


def together(folder: Folder, people: People) -> None:
    """As the worker does."""
    for _ in ranked_lists(folder, HistoryBatch.of(people), LIMIT):
        pass


def polls_of(size: int) -> Side:
    """The same in polls of so many people."""

    def side(folder: Folder, people: People) -> None:
        for first in range(0, len(people), size):
            together(folder, people[first : first + size])

    return side


def one_by_one(folder: Folder, people: People) -> None:
    """The plain loop."""
    for person in people:
        folder.ranked(person, LIMIT)


def crowd(movies: int, length: int, count: int) -> People:
    """People with so many random ratings each."""
    chance = np.random.default_rng(length)
    return [history(chance, movies, length) for _ in range(count)]


def history(chance: np.random.Generator, movies: int, length: int) -> History:
    """Random ratings of different movies, in the movies' order, as the store keeps them."""
    rated = 1 + np.sort(chance.choice(movies, min(length, movies), replace=False))
    half_stars = chance.integers(1, 11, len(rated))
    said = zip(rated.tolist(), half_stars.tolist(), strict=True)
    return History({movie: Entry(state, 0) for movie, state in said}, 1, 1)


def model(movies: int) -> Model:
    """A random model."""
    chance = np.random.default_rng(movies)
    content = 0.2 * np.eye(CONTENT, dtype=np.float32)[chance.integers(CONTENT, size=movies)]

    return Model(
        movies=np.arange(1, movies + 1, dtype=np.int32),
        factors=np.hstack([0.1 * chance.standard_normal((movies, RANK), np.float32), content]),
        biases=chance.standard_normal(movies, np.float32),
        ratings=np.full(movies, 20, np.int32),
        likes=np.full(movies, 10, np.int32),
        prior=chance.random(movies, np.float32),
        mean=7.0,
        parameters=Parameters(rank=RANK),
    )


if __name__ == "__main__":
    typer.run(main)

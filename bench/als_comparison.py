"""Our fits beside those of implicit and MLlib, for `bench.als`: iterations, losses, warm starts."""

import statistics
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import NamedTuple

from bench import als_beside_implicit, als_mllib_process
from bench.als_data import EARLIER, Fitted, Ratings
from bench.benchmark_report import Figure, at_least, at_most
from recommender import als

FEW, MANY = 2, 10
"""Iterations of the fits whose difference is measured."""
IMPLICIT_RATIO, MLLIB_RATIO, WARM_RATIO = 0.8, 10, 20
WORSE = 1.01
"""Our loss beside the other side's, at most."""
NEAR = 1.005
"""The loss at which a warm start ends, beside MLlib's."""

Fit = Callable[[int], Fitted]
"""A fit of so many iterations."""


class Sized(NamedTuple):
    """Ratings and the folder that they lie in, what rows call them, the rank, and how often."""

    ratings: Ratings
    folder: Path
    size: str
    rank: int
    rounds: int

    @property
    def name(self) -> str:
        """What rows begin with."""
        return f"{self.size}, rank {self.rank}"


def implicit(sized: Sized) -> list[Figure]:
    """Iterations of ours and of implicit's."""
    problem = als_beside_implicit.equal_ridges(sized.ratings.problem())
    matrix = als_beside_implicit.confidences(problem)

    def ours(iterations: int) -> Fitted:
        return als_beside_implicit.ours(problem, sized.rank, iterations)

    def theirs(iterations: int) -> Fitted:
        return als_beside_implicit.implicit(matrix, sized.rank, iterations)

    return compared(sized, "implicit", ours, theirs, IMPLICIT_RATIO)[0]


def mllib(process: Executor, sized: Sized) -> list[Figure]:
    """Iterations of ours and of MLlib's, and a warm start beside its last fit."""
    problem = sized.ratings.problem()
    held_mib = []

    def ours(iterations: int) -> Fitted:
        return als_beside_implicit.ours(problem, sized.rank, iterations)

    def theirs(iterations: int) -> Fitted:
        arguments = sized.folder, sized.rank, iterations
        fitted, mib = process.submit(als_mllib_process.fit, *arguments).result()
        held_mib.append(mib)
        return fitted

    rows, cold = compared(sized, "MLlib", ours, theirs, MLLIB_RATIO)
    title = f"{sized.name}, MLlib, memory at most, so far"
    return [*rows, *warm(sized, cold), Figure(title, round(held_mib[-1]), "MiB", "", None)]


def compared(
    sized: Sized, side: str, ours: Fit, theirs: Fit, target: float
) -> tuple[list[Figure], Fitted]:
    """What an iteration of both costs and what the last fits lose; the other side's last fit."""
    costs = []
    for _ in range(sized.rounds):
        few, other_few = ours(FEW), theirs(FEW)
        many, other = ours(MANY), theirs(MANY)
        spent_s = many.cpu_s - few.cpu_s, other.cpu_s - other_few.cpu_s
        costs.append([one / (MANY - FEW) for one in spent_s])
    rows = [
        *iterations(f"{sized.name}, beside {side}", side, costs, target),
        *losses(sized, side, many.factors, other.factors),
    ]
    return rows, other


def iterations(name: str, side: str, costs: list[list[float]], target: float) -> list[Figure]:
    """Medians over rounds, and of the ratios within a round."""
    mine, theirs = (statistics.median(some) for some in zip(*costs, strict=True))
    ratio = statistics.median(other / own for own, other in costs)
    return [
        Figure(f"{name}: our iteration", round(mine, 3), "s", "", None),
        Figure(f"{name}: {side}'s iteration", round(theirs, 3), "s", "", None),
        at_least(f"{name}: {side}'s iteration / ours", round(ratio, 2), "", target),
    ]


def losses(sized: Sized, side: str, ours: als.Factors, theirs: als.Factors) -> list[Figure]:
    """What both lose on what was held out after equally many iterations."""
    name = f"{sized.name}, beside {side}"
    mine, other = sized.ratings.loss(ours), sized.ratings.loss(theirs)
    return [
        Figure(f"{name}: our held-out loss", round(mine, 4), "", "", None),
        Figure(f"{name}: {side}'s held-out loss", round(other, 4), "", "", None),
        at_most(f"{name}: our loss / {side}'s", round(mine / other, 4), "", WORSE),
    ]


def warm(sized: Sized, cold: Fitted) -> list[Figure]:
    """What a warm start takes to come as far as a cold fit of MLlib's."""
    ratings, enough = sized.ratings, NEAR * sized.ratings.loss(cold.factors)
    past = als_beside_implicit.ours(ratings.problem(EARLIER), sized.rank, MANY).factors.movies
    needed, lost = 0, float("inf")
    while lost > enough and needed < MANY:
        needed += 1
        lost = ratings.loss(als_beside_implicit.warm_start(ratings, past, needed).factors)
    costs = [
        als_beside_implicit.warm_start(ratings, past, needed).cpu_s for _ in range(sized.rounds)
    ]
    cpu_s = statistics.median(costs)
    name = f"{sized.name}, warm start"
    return [
        at_most(f"{name}: loss / MLlib's, cold", round(lost / enough * NEAR, 4), "", NEAR),
        Figure(f"{name}: iterations", needed, "", "", None),
        Figure(f"{name}: ours, sorting included", round(cpu_s, 2), "s", "", None),
        Figure(f"{name}: MLlib's ten, cold", round(cold.cpu_s, 1), "s", "", None),
        at_least(f"{name}: MLlib's ten / ours", round(cold.cpu_s / cpu_s, 1), "", WARM_RATIO),
    ]

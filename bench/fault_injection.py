"""One fault after the other, then the checker: what the benches share that do harm."""

import random
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, islice, repeat
from typing import Annotated, Generic, NamedTuple, Protocol, TypeVar

import typer

from bench.benchmark_report import Figure, at_most, harm_at_most
from harness.reelstream.process_restarter import NotBack

Seed = Annotated[int, typer.Option(help="Seed of order, moments, victims.")]


class Verdict(Protocol):
    """What the checker says of the whole run."""

    @property
    def said(self) -> Sequence[str]:
        """In words, what is wrong."""


K = TypeVar("K")
K_contra = TypeVar("K_contra", contravariant=True)
V = TypeVar("V", bound=Verdict)
V_co = TypeVar("V_co", bound=Verdict, covariant=True)


class Rig(Protocol[K_contra, V_co]):
    """What faults happen to."""

    def after(self, kind: K_contra, /) -> float:
        """Do it, and wait until all is well again; the seconds that this took.

        Raises:
            NotBack: if it is not so in time.
        """

    def verdict(self) -> V_co:
        """Let it come to rest, and judge.

        Raises:
            NotBack: if it does not in time.
        """


class Back(NamedTuple, Generic[K]):
    """A fault, and the seconds until all was well again."""

    kind: K
    seconds: float


class Run(NamedTuple, Generic[K, V]):
    """What came of it; without a verdict, the fault behind the last was not got over."""

    back: list[Back[K]]
    verdict: V | None


def shuffled(kinds: Sequence[K], count: int, chance: random.Random) -> list[K]:
    """So many in random order; all of them before any again."""
    rounds = (chance.sample(some, len(some)) for some in repeat(kinds))
    return list(islice(chain.from_iterable(rounds), count))


def met(
    rig: Rig[K, V], kinds: Sequence[K], before: Callable[[int], None] = lambda _: None
) -> Run[K, V]:
    """One after the other, then the checker; who waits is told, and what is wrong.

    Args:
        rig: what they happen to.
        kinds: of faults.
        before: is called before each, with the number of those behind it.
    """
    back: list[Back[K]] = []
    try:
        for number, kind in enumerate(kinds):
            before(number)
            back.append(Back(kind, rig.after(kind)))
            _tell(f"{number + 1:3d}/{len(kinds)} {kind}: back after {back[-1].seconds:.1f} s")
        verdict = rig.verdict()
    except NotBack as error:
        _tell(str(error))
        return Run(back, None)
    for line in verdict.said:
        _tell(line)
    return Run(back, verdict)


def counted(how: str, kinds: Iterable[str]) -> list[Figure]:
    """How often there was each kind."""
    counts = sorted(Counter(kinds).items())
    return [Figure(f"{how}: {kind}", count, "", "", None) for kind, count in counts]


def times(what: str, back: Iterable[Back[K]], within_s: float) -> list[Figure]:
    """The median and the slowest return."""
    seconds = [one.seconds for one in back]
    median = round(statistics.median(seconds), 1) if seconds else None
    return [
        Figure(f"{what}, median", median, "s", "", None),
        at_most(f"{what}, slowest", slowest(seconds), "s", within_s),
    ]


def slowest(seconds: Sequence[float]) -> float | None:
    """The most of them, if there are any."""
    return round(max(seconds), 1) if seconds else None


def not_got_over(what: str) -> Figure:
    """What is told in place of a verdict."""
    return at_most(f"{what} that were not got over", 1, "", 0)


def judged(what: str, done: Run[K, V], checked: Callable[[V], Iterable[Figure]]) -> list[Figure]:
    """What the checker says, and what so many without a fault prove."""
    if done.verdict is None:
        return [not_got_over(what)]
    harm = [] if done.verdict.said else [harm_at_most(what, len(done.back))]
    return [*checked(done.verdict), *harm]


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")

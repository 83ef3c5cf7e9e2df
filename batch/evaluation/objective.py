"""The one figure that models are searched by: what people see who come back, and newcomers.

It is the geometric mean of four: NDCG@10 of `return` and of `onboard`, plain and stratified, of
`onboard` the mean over 1, 3, 5 and 10 given likes. Figures of different sizes so count alike, and
those of different releases can be put together. What a hit rate does not see is held by floors:
each per cent below one costs `STRICT` per cent.

By how much one model is worth more than another is known only as well as few people allow:
`Judge.compare` says the standard error, too, by people (the delta method; each counts as one, with
all of its sessions and draws).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batch.evaluation.errors import NothingToJudge
from batch.evaluation.list_quality import Case, judge, judge_cases
from batch.evaluation.options import Protocol
from batch.evaluation.popularity_models import popular
from batch.evaluation.session_protocols import CASES, Window, cases_in, windows
from batch.evaluation.splits import at_random
from recommender.ratings import IndexedRatings, Split
from recommender.scorers import Scorer
from recommender.taste_probes import probe

K = 10
CUTS = (50, 60, 70, 80, 90)
"""Per cent of the ratings, in time order: of each, the sessions until the next are judged."""
SEED = 101
"""Of the random split."""
METRICS = ("ndcg", "ndcg_stratified")
SMALLEST = 1e-3
"""What no figure counts as less than: a logarithm needs one."""
STRICT = 3
LEAST_NDCG = 0.98
"""Of what a model of ratings alone reaches where ratings are held out at random."""
LEAST_PROBE, MOST_OVERLAP = 0.5, 0.05

Learns = Callable[[IndexedRatings], Scorer]
Means = Mapping[tuple[Protocol, str, str], float]
"""Protocol, group and metric to a mean over all cases."""
Values = dict[tuple[Protocol, str, str], tuple[list[int], list[float]]]
"""The same to all cases' users, indices, and values."""


class Lists(NamedTuple):
    """What lists of all people are like, where ratings are held out at random.

    Attributes:
        ndcg: at 10.
        probe: share of the top tens that follow a taste; None if no genres are known.
        overlap: what two tastes' top tens share; likewise.
    """

    ndcg: float
    probe: float | None
    overlap: float | None


class Worth(NamedTuple):
    """What a model is worth.

    Attributes:
        log: the objective's logarithm, less what floors cost.
        probe: as of `Lists`; None as long as only windows were judged.
    """

    log: float
    probe: float | None = None


class Difference(NamedTuple):
    """By how much one model is worth more than another, in logarithms.

    Attributes:
        log: the difference.
        error: its standard error, by people.
    """

    log: float
    error: float


class WindowCases(NamedTuple):
    """What a model learns from, and by whom it is judged."""

    train: IndexedRatings
    cases: Mapping[tuple[Protocol, str], list[Case]]


@dataclass(frozen=True)
class Judge:
    """A release's people, kept to judge many models by.

    Attributes:
        windows: in time order.
        at_random: one split of all ratings.
        genres: of each movie, by its index.
        popular: what popularity alone gets in the windows.
        floors: what lists of the random split are to be like.
    """

    windows: Sequence[WindowCases]
    at_random: Split
    genres: Sequence[Sequence[str]]
    popular: Sequence[Means]
    floors: Lists

    @classmethod
    def of(
        cls, ratings: IndexedRatings, genres: Sequence[Sequence[str]], reference: Learns
    ) -> "Judge":
        """Judge by these ratings, with what a reference model gets as a floor.

        Raises:
            NothingToJudge: if nobody comes back in them, and nobody is new.
        """
        found = [_judged(ratings, window) for window in windows(ratings, CUTS)]
        if not any(window.cases for window in found):
            raise NothingToJudge(f"no sessions to search by among {len(ratings)} ratings")
        split = at_random(SEED)(ratings)
        means = list(_means(found, popular))
        return cls(found, split, genres, means, floors(_lists(reference, split, genres)))

    def worth(self, learns: Learns) -> Iterator[Worth]:
        """What a model is worth by the first window, by two, and so on; by all and `at_random`."""
        worth = Worth(0.0)
        for means, floor in zip(_means(self.windows, learns), self.popular, strict=True):
            worth = Worth(_by_windows(means, floor))
            yield worth
        lists = _lists(learns, self.at_random, self.genres)
        yield Worth(worth.log - STRICT * shortfall(lists, self.floors), lists.probe)

    def compare(self, one: Learns, other: Learns) -> Iterator[Difference]:
        """By how much the one is worth more, as of `worth`; floors are taken for certain."""
        people = len(self.at_random.train.user_ids)
        both = (_values(self.windows, each) for each in (one, other))
        for first, second, floor in zip(*both, self.popular, strict=True):
            worth = [_by_windows(_means_of(each), floor) for each in (first, second)]
            apart = influence(first, people) - influence(second, people)
            difference = Difference(worth[0] - worth[1], float(np.sqrt((apart**2).sum())))
            yield difference
        missed = [
            shortfall(_lists(each, self.at_random, self.genres), self.floors)
            for each in (one, other)
        ]
        yield difference._replace(log=difference.log - STRICT * (missed[0] - missed[1]))


def objective(means: Means) -> float:
    """Logarithm of the geometric mean over protocols and metrics, in each over groups."""
    logs: dict[tuple[Protocol, str], list[float]] = {}
    for (protocol, _, metric), value in means.items():
        logs.setdefault((protocol, metric), []).append(np.log(max(value, SMALLEST)))
    return float(np.mean([np.mean(some) for some in logs.values()])) if logs else 0.0


def influence(values: Values, people: int) -> NDArray[np.float64]:
    """By how much the objective leans on each person, shape (people,); the sum is 0.

    Source: the delta method for a sum of logarithms of means, as in Efron and Tibshirani 1993, An
    Introduction to the Bootstrap, chapter 21.
    """
    groups = Counter((protocol, metric) for protocol, _, metric in values)
    leans = np.zeros(people)
    for (protocol, _, metric), (users, of_cases) in values.items():
        mean = max(float(np.mean(of_cases)), SMALLEST)
        share = 1 / (len(groups) * groups[protocol, metric] * len(of_cases) * mean)
        leans += share * np.bincount(users, np.asarray(of_cases) - np.mean(of_cases), people)
    return leans


def newcomers_shortfall(means: Means, popular: Means) -> float:
    """By how much newcomers' lists hit less often than what is popular: sum of logarithms."""
    plain = [key for key in means if key[0] is Protocol.onboard and key[2] == METRICS[0]]
    return sum(_below(means[key], popular[key]) for key in plain)


def floors(reference: Lists) -> Lists:
    """What lists are to be like, by those of a model of ratings alone.

    Where there are few movies to choose from, two tastes' lists share more than `MOST_OVERLAP`;
    then they are to share no more than those.
    """
    overlap = None if reference.overlap is None else max(MOST_OVERLAP, reference.overlap)
    return Lists(LEAST_NDCG * reference.ndcg, LEAST_PROBE, overlap)


def shortfall(lists: Lists, wanted: Lists) -> float:
    """By how much lists lie beyond these floors: sum of logarithms, 0 if they do not."""
    return (
        _below(lists.ndcg, wanted.ndcg)
        + _below(lists.probe, wanted.probe)
        + _below(wanted.overlap, lists.overlap)
    )


def _by_windows(means: Means, popular: Means) -> float:
    return objective(means) - STRICT * newcomers_shortfall(means, popular)


def _below(value: float | None, floor: float | None) -> float:
    """By which logarithm a value is too small; 0 where nothing is known of it."""
    if value is None or floor is None:
        return 0.0
    return max(0.0, float(np.log(max(floor, SMALLEST) / max(value, SMALLEST))))


def _judged(ratings: IndexedRatings, window: Window) -> WindowCases:
    cases = {
        (protocol, group): some
        for protocol in CASES
        for group, some in cases_in(protocol, ratings, window).items()
        if some
    }
    return WindowCases(window.train, cases)


def _means(windows: Sequence[WindowCases], learns: Learns) -> Iterator[Means]:
    """Means over the cases of the first window, of the first two, and so on."""
    return map(_means_of, _values(windows, learns))


def _means_of(values: Values) -> Means:
    return {where: float(np.mean(some)) for where, (_, some) in values.items()}


def _values(windows: Sequence[WindowCases], learns: Learns) -> Iterator[Values]:
    """Values of the cases of the first window, of the first two, and so on: one, added to."""
    values: Values = {}
    for train, cases in windows:
        scorer = learns(train)
        for where, some in cases.items():
            judged = judge_cases(scorer, train, some, K)
            for metric in METRICS:
                users, of_cases = values.setdefault((*where, metric), ([], []))
                users.extend(judged.users.tolist())
                of_cases.extend(judged.by_case[metric].tolist())
        yield values


def _lists(learns: Learns, split: Split, genres: Sequence[Sequence[str]]) -> Lists:
    scorer = learns(split.train)
    ndcg = float(judge(scorer, split, K).by_case["ndcg"].mean())
    return Lists(ndcg, *(probe(scorer, split.train, genres) or (None, None)))

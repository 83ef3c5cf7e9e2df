"""A contender at its best: its own hyper-parameters, chosen on a part of what it learns from."""

from collections.abc import Sequence

from batch.evaluation.contender_types import Contender
from batch.evaluation.list_quality import judge
from batch.evaluation.splits import at_random
from recommender.ratings import IndexedRatings
from recommender.scorers import Scorer

SEED = 101
"""Of the split that candidates are judged by."""
K = 10


def best_of(candidates: Sequence[Contender]) -> Contender:
    """The candidate with the best NDCG@10 on a held-out fifth, trained again on everything.

    The first of them where a fifth holds no like to judge by.
    """
    return lambda train: _best(candidates, train)(train)


def best_at_first(candidates: Sequence[Contender]) -> Contender:
    """Likewise, for candidates that take long: chosen by what is learned from first, and kept."""
    chosen: list[Contender] = []

    def fit(train: IndexedRatings) -> Scorer:
        if not chosen:
            chosen.append(_best(candidates, train))
        return chosen[0](train)

    return fit


def _best(candidates: Sequence[Contender], train: IndexedRatings) -> Contender:
    part = at_random(SEED)(train)
    if not (part.train.likes.any() and part.test.likes.any()):
        return candidates[0]

    def ndcg(candidate: Contender) -> float:
        return float(judge(candidate(part.train), part, K).by_case["ndcg"].mean())

    return max(candidates, key=ndcg)

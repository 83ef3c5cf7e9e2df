"""The promotion gate: whether a challenger may take the champion's place.

A retrain with the champion's own hyper-parameters refreshes it: it has to beat popularity, and to
leave most lists much as they are. With other hyper-parameters challenger, champion and popularity
walk the same held-out events, which none of them has seen, over as many retrains as it takes to
tell; a challenger is promoted unless it may be worse than the champion. Whatever it hits, lists
must not follow taste less than before.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from contracts.retrain_log_entries import Outcome
from recommender.paired_bootstrap import quotient
from recommender.prequential_evaluation import PrequentialResult
from recommender.taste_probes import Probes

K = 10
ENOUGH_LIKES, ENOUGH_USERS = 500, 50
"""Scored likes, and users who gave them, from which a comparison says something."""
WORSE_BY = 0.02
"""Of the champion's hit rate: the challenger may be so much worse, at the interval's lower end."""
CLOSE = 0.3
"""Median share of a top ten that a refresh leaves in place."""
LESS_TASTE = 0.1
"""By which a top ten may fit a taste less, or two tastes' top tens may share more: three times what
chance makes of it."""
SEED = 1

CHALLENGER, CHAMPION, POPULAR = "challenger", "champion", "popular"
Values = NDArray[np.float64]


class Verdict(NamedTuple):
    """What the gate says: how it ended, why, in a sentence, and the figures behind it."""

    outcome: Outcome
    reason: str
    figures: dict[str, float]

    @property
    def passed(self) -> bool:
        """Whether the challenger may be published."""
        return self.outcome in (Outcome.promoted, Outcome.refreshed)


class Hits(NamedTuple):
    """Of each user with a scored like: how many there are, how many each contender hit, the id."""

    cases: Values
    by: dict[str, Values]
    users: NDArray[np.int32]

    @classmethod
    def of(cls, result: PrequentialResult, user_ids: NDArray[np.int32]) -> "Hits":
        """A like is hit if the movie was among the first K before it was given."""
        users, user_rows = np.unique(result.users, return_inverse=True)
        hits = {
            name: np.bincount(user_rows, at < K).astype(np.float64)
            for name, at in result.ranks.items()
        }
        return cls(np.bincount(user_rows).astype(np.float64), hits, user_ids[users])

    @property
    def enough(self) -> bool:
        """Whether a comparison by these says something."""
        return self.cases.sum() >= ENOUGH_LIKES and len(self.cases) >= ENOUGH_USERS

    def figures(self) -> dict[str, float]:
        """Hit rate of each contender, and by how much it was judged."""
        likes = float(self.cases.sum())
        rates = {f"{name}_hit_rate": float(hit.sum()) / likes for name, hit in self.by.items()}
        return {"judged_likes": likes, "judged_users": float(len(self.cases)), **rates}


def beside_popularity(hits: Hits) -> Verdict:
    """The challenger alone: it has to hit more often than what is popular."""
    if not hits.cases.any():
        return cannot_judge("no likes among the newest events")
    return _beats_popularity(hits, hits.figures())


def beside_champion(hits: Hits) -> Verdict:
    """The challenger must not be worse than the champion, and has to beat popularity.

    Where the interval leaves it open whether it is worse, more likes have to decide.
    """
    if not hits.enough:
        judged = f"{hits.cases.sum():.0f} likes of {len(hits.cases)} users"
        return cannot_judge(f"too few likes to compare hyper-parameters: {judged}")
    apart = quotient(hits.by[CHALLENGER] - hits.by[CHAMPION], hits.cases, SEED)
    figures = hits.figures() | {
        "difference": apart.value,
        "difference_low": apart.low,
        "difference_high": apart.high,
    }
    allowed = WORSE_BY * figures["champion_hit_rate"]
    if apart.low >= -allowed:
        return _beats_popularity(hits, figures)
    rates = f"{figures['challenger_hit_rate']:.4f}, live version {figures['champion_hit_rate']:.4f}"
    why = f"hit rate {rates}: up to {-apart.low:.4f} worse, {allowed:.4f} allowed"
    if apart.high < -allowed:
        return Verdict(Outcome.refused, why, figures)
    return Verdict(
        Outcome.insufficient, f"{why}, {hits.cases.sum():.0f} likes are too few to decide", figures
    )


def refresh(verdict: Verdict, overlap: float) -> Verdict:
    """What beats popularity, and leaves most lists much as they are.

    Args:
        verdict: of the same hyper-parameters beside popularity, passed.
        overlap: median share of the champion's top tens that is in the challenger's.
    """
    figures = verdict.figures | {"overlap": overlap}
    if overlap < CLOSE:
        why = f"the median top ten keeps {overlap:.0%}, at least {CLOSE:.0%} required"
        return Verdict(Outcome.refused, why, figures)
    return Verdict(Outcome.refreshed, verdict.reason, figures)


def tastes(verdict: Verdict, before: Probes | None, after: Probes | None) -> Verdict:
    """What passes, unless lists clearly follow taste less than those of the live version.

    Args:
        verdict: of hits, passed.
        before: what probes found of the live version; None if no genres are known.
        after: of the challenger; likewise.
    """
    if before is None or after is None:
        why = f"{verdict.reason}; tastes not probed: fewer than two genres are known well enough"
        return verdict._replace(reason=why)
    figures = verdict.figures | {
        "taste_probe": after.share,
        "taste_overlap": after.overlap,
        "champion_taste_probe": before.share,
        "champion_taste_overlap": before.overlap,
    }
    if after.share < before.share - LESS_TASTE or after.overlap > before.overlap + LESS_TASTE:
        why = (
            f"lists follow taste less: {after.share:.0%} fits a taste, two tastes share "
            f"{after.overlap:.0%}; live version {before.share:.0%} and {before.overlap:.0%}"
        )
        return Verdict(Outcome.refused, why, figures)
    return verdict._replace(figures=figures)


def cannot_judge(why: str) -> Verdict:
    """There is too little to judge by."""
    return Verdict(Outcome.insufficient, why, {})


def _beats_popularity(hits: Hits, figures: dict[str, float]) -> Verdict:
    rates = f"{figures['challenger_hit_rate']:.4f}, popularity {figures['popular_hit_rate']:.4f}"
    judged = f"{figures['judged_likes']:.0f} likes of {figures['judged_users']:.0f} users"
    if hits.by[CHALLENGER].sum() > hits.by[POPULAR].sum():
        return Verdict(Outcome.promoted, f"hit rate {rates}, by {judged}", figures)
    why = f"does not beat popularity: hit rate {rates}, by {judged}"
    return Verdict(Outcome.refused, why, figures)

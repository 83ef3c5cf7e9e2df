"""Results of protocols as rows: every model's value with its interval, and ours beside each."""

import msgspec
import numpy as np

from batch.evaluation.contender_types import OURS
from batch.evaluation.outcome import Outcome, Values
from recommender.paired_bootstrap import quotient

SEED = 1


class Measured(msgspec.Struct, frozen=True):
    """A model's value; 95 % of resampled users are between `low` and `high`.

    Over several splits it is the mean of all their users; `low` and `high` of what is not of
    single users (coverage, novelty, Gini, stars) are the least and the greatest of the splits.
    """

    protocol: str
    group: str
    metric: str
    model: str
    cases: int
    value: float
    low: float
    high: float


class Compared(msgspec.Struct, frozen=True):
    """A model beside another, user by user: the difference of both values, and their ratio."""

    protocol: str
    group: str
    metric: str
    model: str
    beside: str
    difference: float
    low: float
    high: float
    ratio: float
    ratio_low: float
    ratio_high: float


def measured(outcome: Outcome) -> list[Measured]:
    """All values of a protocol."""
    rows = []
    for (group, metric), by_model in outcome.sums.items():
        counts = outcome.counts[group]
        for model, sums in by_model.items():
            if counts.any():
                cases, judged = _of_judged(counts, sums, outcome.divisor(group, metric))
                found = quotient(cases, judged, SEED)
                where = (outcome.protocol, group, metric, model)
                rows.append(Measured(*where, int(counts.sum()), *found))
    return rows + _overall(outcome)


def _overall(outcome: Outcome) -> list[Measured]:
    return [
        Measured(
            outcome.protocol,
            outcome.main_group,
            metric,
            model,
            len(values),
            float(np.mean(values)),
            min(values),
            max(values),
        )
        for model, metrics in outcome.overall.items()
        for metric, values in metrics.items()
    ]


def compared(outcome: Outcome, model: str = OURS) -> list[Compared]:
    """One model beside every other one, paired by user."""
    rows = []
    for (group, metric), by_model in outcome.sums.items():
        counts = outcome.counts[group]
        for beside in by_model:
            if model not in by_model or beside == model or not counts.any():
                continue
            divisor = outcome.divisor(group, metric)
            one, other, judged = _of_judged(counts, by_model[model], by_model[beside], divisor)
            difference = quotient(one - other, judged, SEED)
            where = (outcome.protocol, group, metric, model, beside)
            rows.append(Compared(*where, *difference, *quotient(one, other, SEED)))
    return rows


def _of_judged(counts: Values, *columns: Values) -> tuple[Values, ...]:
    """Users without a case are no part of a resample."""
    return tuple(column[counts > 0] for column in columns)

"""The protocols that judge everybody's list once by held-out likes: `random` and `last`."""

from collections.abc import Sequence

import numpy as np

from batch.evaluation.contender_types import LineUp
from batch.evaluation.list_quality import judge
from batch.evaluation.named_splits import judgeable, split_of
from batch.evaluation.outcome import Outcome
from batch.evaluation.star_error import star_error
from batch.progress_line import Say
from recommender.ratings import IndexedRatings
from recommender.scorers import Factored
from recommender.taste_probes import moment, probe


def lists_protocol(
    protocol: str,
    names: list[str],
    ratings: IndexedRatings,
    genres: Sequence[Sequence[str]],
    line_up: LineUp,
    k: int,
    report: Say,
) -> Outcome:
    """Everybody's list against the held-out likes, over one split or several; and taste probes."""
    outcome = Outcome(protocol, len(ratings.user_ids))
    for name in names:
        split = judgeable(split_of(name)(ratings), name)
        outcome.count("all", np.unique(split.test.users[split.test.likes]))
        for model, contender in line_up(name).items():
            report(f"{name}: {model}")
            scorer = contender(split.train)
            judged = judge(scorer, split, k)
            for metric, values in judged.by_case.items():
                outcome.add("all", f"{metric}@{k}", model, judged.users, values)
            outcome.note(model, judged.overall)
            probes = probe(scorer, split.train, genres)
            if probes:
                outcome.note(model, {"probe": probes.share, "overlap": probes.overlap})
            if isinstance(scorer, Factored):
                outcome.note(model, star_error(scorer, split)._asdict())
                if (ratio := moment(scorer, split.train, genres, probes)) is not None:
                    outcome.note(model, {"moment": ratio})
    return outcome

"""The prequential protocol: the last fifth in time, each like scored before it is learned.

What is rated within a minute of the last rating is mostly what MovieLens' page offered next, so hit
rates are told by gap; and a control has the order inside each session shuffled: a model that gains
more by the walk than by the control has learned the page. Stratified, a like of a movie that nobody
had rated before the cut counts for nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from batch.evaluation.contender_types import LATELY, OURS, POPULAR, LineUp
from batch.evaluation.named_splits import judgeable
from batch.evaluation.outcome import Outcome
from batch.evaluation.prequential_baselines import Frozen, LiveWeek
from batch.evaluation.splits import in_time
from batch.evaluation.star_error import star_error
from batch.progress_line import Say
from recommender.metrics import stratified_worth
from recommender.prequential import GAPS, gap_name
from recommender.prequential_evaluation import PrequentialResult, run_prequential
from recommender.prequential_models import Live, LivePopular, PrequentialModel
from recommender.ratings import Histories, IndexedRatings, Split
from recommender.scorers import Factored, Popular, Scorer, likes_of
from recommender.sessions import sessions

FROZEN = "frozen"
DEEP_K = 100
SEED = 1
SHUFFLED = "prequential-shuffled"
GAP_GROUPS = ("gap up to 60 s", "gap up to 1 h", "gap above 1 h")


def prequential(ratings: IndexedRatings, line_up: LineUp, k: int, report: Say) -> list[Outcome]:
    """The walk over the last fifth of all events, and its control."""
    split = judgeable(in_time(ratings), "prequential")
    scorers: dict[str, Scorer] = {}
    for model, contender in line_up("prequential").items():
        report(f"prequential: training {model}")
        scorers[model] = contender(split.train)
    report("prequential: scoring")
    outcome = _outcome("prequential", split, scorers, k)
    for model, scorer in scorers.items():
        if isinstance(scorer, Factored):
            outcome.note(model, star_error(scorer, split)._asdict())
    report("prequential: scoring the control")
    control = Split(split.train, shuffled_in_sessions(split.test))
    return [outcome, _outcome(SHUFFLED, control, scorers, k)]


def shuffled_in_sessions(ratings: IndexedRatings) -> IndexedRatings:
    """The same sessions at the same seconds; within each, movies are rated in another order."""
    random = np.random.default_rng(SEED)
    movies, half_stars = ratings.movies.copy(), ratings.half_stars.copy()
    for session in sessions(ratings):
        drawn = random.permutation(session.rows)
        movies[session.rows] = ratings.movies[drawn]
        half_stars[session.rows] = ratings.half_stars[drawn]
    return replace(ratings, movies=movies, half_stars=half_stars)


def prequential_models(split: Split, scorers: Mapping[str, Scorer]) -> dict[str, PrequentialModel]:
    """Contenders in the walk: all that folds in does so live; ours is frozen, too."""
    at_cut = Popular(likes_of(split.train))
    found: dict[str, PrequentialModel] = {}
    for model, scorer in scorers.items():
        if model == POPULAR:
            found[model] = LivePopular(likes_of(split.train))
        elif model == LATELY:
            found[model] = LiveWeek.after(split.train)
        else:
            found[model] = Live(scorer, at_cut)
    if OURS in scorers:
        histories = Histories.in_(split.train)
        found[FROZEN] = Frozen(scorers[OURS], at_cut, histories)
    return found


def _outcome(protocol: str, split: Split, scorers: Mapping[str, Scorer], k: int) -> Outcome:
    result = run_prequential(split, prequential_models(split, scorers))
    likes = likes_of(split.train)
    seen = np.isin(result.movies, split.train.movies)
    worth = np.where(seen, stratified_worth(likes)[result.movies], 0.0)
    outcome = Outcome(protocol, len(split.train.user_ids))
    for group, cases in groups(result):
        users, worthy = result.users[cases], worth[cases]
        outcome.count(group, users)
        outcome.weigh(group, f"hit_rate_stratified@{k}", users, worthy)
        for model, ranks in result.ranks.items():
            at = ranks[cases].astype(np.float64)
            hit = (at < k).astype(np.float64)
            outcome.add(group, f"hit_rate@{k}", model, users, hit)
            outcome.add(group, f"hit_rate_stratified@{k}", model, users, hit * worthy)
            reciprocal = np.where(at < DEEP_K, 1 / (at + 1), 0)
            outcome.add(group, f"mrr@{DEEP_K}", model, users, reciprocal)
    return outcome


def groups(result: PrequentialResult) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """The walk's cases by who it is, and by the time since the person's last rating."""
    likes = result.prior_likes
    yield "all", np.ones(len(likes), bool)
    yield "known at the cut", result.known
    yield "0 likes before", likes == 0
    yield "1-4 likes before", (likes >= 1) & (likes < 5)
    yield "5-19 likes before", (likes >= 5) & (likes < 20)
    yield "20+ likes before", likes >= 20
    gaps = np.array([gap_name(gap_s) for gap_s in result.gap_s.tolist()])
    for gap, told in zip(GAPS, GAP_GROUPS, strict=True):
        yield told, gaps == gap

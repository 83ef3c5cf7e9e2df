"""Protocols without order inside sessions: people who come back, and newcomers.

Ten cuts in time divide the later half of all ratings into windows. Models learn what is before a
cut and are asked about the sessions that begin in the window after it. Likes of movies that nobody
had rated before the cut are left out.

* `return`: the list as it stands when a person comes back, against the first-time likes of the
  session that then begins, as a set.
* `onboard`: the list after so many random likes of a newcomer's first session, against the other
  likes of this session, as a set.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from batch.evaluation.contender_types import LineUp
from batch.evaluation.errors import NothingToJudge
from batch.evaluation.list_quality import Case, judge_cases
from batch.evaluation.options import Protocol
from batch.evaluation.outcome import Outcome
from batch.progress_line import Say
from recommender.preference import liked
from recommender.ratings import IndexedRatings
from recommender.scorers import Indices, Scorer
from recommender.sessions import Session, first_time_likes, history_of, sessions

CUTS = tuple(range(50, 100, 5))
"""Per cent of all ratings, in time order, that are before a window."""
FEWEST_LIKES = 10
"""Of a first session that a newcomer is judged by; twice those that are given, at least."""
GIVEN = (5, 1, 3, 10)
"""Likes that a newcomer's list is made from; the first is the protocol's main figure."""
DRAWS = 3
"""Times that a newcomer's likes are drawn."""
SEED = 1

CasesByGroup = dict[str, list[Case]]


class Window(NamedTuple):
    """From a cut to the next: the ratings before it, and the sessions that begin in it."""

    name: str
    train: IndexedRatings
    sessions: list[Session]


def session_protocols(
    asked: Collection[Protocol],
    ratings: IndexedRatings,
    line_up: LineUp,
    k: int,
    report: Say,
    *,
    cuts: Sequence[int] = CUTS,
) -> list[Outcome]:
    """Lists against whole sessions, window by window: an outcome for each protocol."""
    people = len(ratings.user_ids)
    outcomes = {one: Outcome(one.value, people) for one in CASES if one in asked}
    for window in windows(ratings, cuts):
        cases = {one: cases_in(one, ratings, window) for one in outcomes}
        for protocol, outcome in outcomes.items():
            for group, some in cases[protocol].items():
                outcome.count(group, np.array([one.user for one in some], np.intp))
        for model, contender in line_up(window.name).items():
            report(f"{window.name}: {model}")
            scorer = contender(window.train)
            for protocol, outcome in outcomes.items():
                _add(outcome, cases[protocol], model, scorer, window.train, k)
    return list(outcomes.values())


def windows(ratings: IndexedRatings, cuts: Sequence[int] = CUTS) -> Iterator[Window]:
    """What lies between these cuts, and after the last one; a second is in one of the windows.

    Args:
        ratings: in time order.
        cuts: ascending per cent of them that are before a window.

    Raises:
        NothingToJudge: if there is no like to learn from.
    """
    at_s = [int(ratings.at_s[len(ratings) * cut // 100]) for cut in cuts]
    every = list(sessions(ratings))
    ends = [*at_s[1:], np.iinfo(np.int64).max]
    for name, begin, end in zip(map(name_of, cuts), at_s, ends, strict=True):
        train = ratings.where(ratings.at_s < begin)
        if not train.likes.any():
            raise NothingToJudge(f"{name}: no likes to learn from among {len(train)} ratings")
        yield Window(name, train, [one for one in every if begin <= one.at_s < end])


def of_returning(ratings: IndexedRatings, some: list[Session]) -> CasesByGroup:
    """The sessions of people who had rated before, if they like what they had not."""
    found = []
    for session in some:
        likes = first_time_likes(ratings, session)
        if len(session.before) and len(likes):
            history = history_of(ratings, session.before)
            found.append(Case(session.user, *history, likes))
    return {"all": found}


def of_newcomers(ratings: IndexedRatings, some: list[Session]) -> CasesByGroup:
    """First sessions with enough likes, several draws of each, by how many likes are given."""
    found: CasesByGroup = {group_of(given): [] for given in GIVEN}
    for session in some:
        movies, half_stars = history_of(ratings, session.rows)
        likes = liked(movies, half_stars)
        if len(session.before) or len(likes) < FEWEST_LIKES:
            continue
        stars = half_stars[np.isin(movies, likes)]
        random = np.random.default_rng([SEED, int(ratings.user_ids[session.user])])
        for _ in range(DRAWS):
            drawn = random.permutation(len(likes))
            for given in GIVEN:
                if len(likes) >= max(FEWEST_LIKES, 2 * given):
                    some_likes, rest = drawn[:given], drawn[given:]
                    case = Case(session.user, likes[some_likes], stars[some_likes], likes[rest])
                    found[group_of(given)].append(case)
    return found


def name_of(cut: int) -> str:
    """The name of the split at this cut."""
    return f"cut-{cut}"


def cases_in(protocol: Protocol, ratings: IndexedRatings, window: Window) -> CasesByGroup:
    """Whom a protocol judges models by in a window of these ratings, by group."""
    found, known = CASES[protocol](ratings, window.sessions), np.unique(window.train.movies)
    return {group: _listable(some, known) for group, some in found.items()}


def _listable(cases: list[Case], known: Indices) -> list[Case]:
    """The cases, without likes of movies that nobody had rated: no list could hold them."""
    left = (case._replace(likes=case.likes[np.isin(case.likes, known)]) for case in cases)
    return [case for case in left if len(case.likes)]


def group_of(given: int) -> str:
    """The group of newcomers of whom so many likes are known."""
    return f"{given} like" if given == 1 else f"{given} likes"


CASES: Mapping[Protocol, Callable[[IndexedRatings, list[Session]], CasesByGroup]] = {
    Protocol.return_: of_returning,
    Protocol.onboard: of_newcomers,
}


def _add(
    outcome: Outcome,
    cases: CasesByGroup,
    model: str,
    scorer: Scorer,
    train: IndexedRatings,
    k: int,
) -> None:
    for number, (group, some) in enumerate(cases.items()):
        if not some:
            continue
        judged = judge_cases(scorer, train, some, k)
        for metric, values in judged.by_case.items():
            outcome.add(group, f"{metric}@{k}", model, judged.users, values)
        if number == 0:
            outcome.note(model, judged.overall)

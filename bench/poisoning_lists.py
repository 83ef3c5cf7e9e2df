"""Lists of genuine users, before an attack and after it, for `bench.poisoning`."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batch.evaluation.dataset import of
from batch.evaluation.list_quality import lists_of
from batch.native_engine import Native
from batch.training import Trained, screened, train, train_screened
from contracts.hyper_parameters import Parameters
from harness.batch.poisoning_attacks import TARGETS, Attack, Ids, Kind
from recommender.ratings import Histories, IndexedRatings, Ratings
from recommender.scorers import Factored, Popular, likes_of
from recommender.top_list_surges import jumped

K = 10
THREADS = 1


def fitted(ratings: IndexedRatings, screening: bool) -> Factored:
    """What batch trains, by its defaults."""
    learn = train_screened if screening else plainly
    return Factored(learn(ratings.rated(), Parameters(), Native(THREADS)).model, ratings.movie_ids)


def plainly(rated: Ratings, parameters: Parameters, engine: Native) -> Trained:
    """A model in which everybody counts for one."""
    return Trained(train(rated, parameters, engine), [])


def listed(
    ratings: IndexedRatings, users: NDArray[np.intp], screening: bool = False
) -> NDArray[np.intp]:
    """In how many of these users' top tens each movie is, shape (movies,)."""
    by_user = Histories.in_(ratings)
    histories = [by_user.of(user) for user in users.tolist()]
    lists = lists_of(fitted(ratings, screening), histories, Popular(likes_of(ratings)), K)
    return np.bincount(lists[lists >= 0], minlength=len(ratings.movie_ids))


@dataclass(frozen=True)
class Genuine:
    """Ratings that nobody has attacked."""

    ratings: IndexedRatings

    @property
    def users(self) -> NDArray[np.intp]:
        """Everybody's place; attackers have the places after theirs."""
        return np.arange(len(self.ratings.user_ids))

    @cached_property
    def listed(self) -> NDArray[np.intp]:
        """In how many top tens each movie is."""
        return listed(self.ratings, self.users)

    def targets(self, seed: int) -> Ids:
        """Movies that are in nobody's top ten."""
        unseen = self.ratings.movie_ids[self.listed == 0]
        drawn: Ids = np.random.default_rng(seed).choice(unseen, TARGETS, replace=False)
        return drawn


class Became(NamedTuple):
    """What came of an attack: places of its targets in genuine users' top tens; did they jump?"""

    slots: int
    jumps: bool


class AttackResult(NamedTuple):
    """An attack that was made.

    Attributes:
        plain: what came of it without the screen.
        screened: what came of it with the screen.
        wrongly: share of genuine users that are listed.
        found: share of attackers that are listed.
    """

    plain: Became
    screened: Became
    wrongly: float
    found: float


def attacked_lists(
    genuine: Genuine, kind: Kind, share: float, within_ms: int, seed: int
) -> AttackResult:
    """One attack, with and without the screen."""
    targets = genuine.targets(seed)
    attack = Attack(kind, share, within_ms, seed=seed)
    rated, attackers = attack.on(genuine.ratings.rated(), targets)
    ratings = of(*rated[:3], rated.rated_at_ms // 1000)
    places, users = np.searchsorted(ratings.movie_ids, targets), genuine.users

    def became(screening: bool) -> Became:
        now = listed(ratings, users, screening)
        jumps = np.isin(places, jumped(genuine.listed, now, len(users))).any()
        return Became(int(now[places].sum()), bool(jumps))

    suspects = [one.user for one in screened(rated).suspects]
    found = int(np.isin(attackers, suspects).sum())
    return AttackResult(
        became(False),
        became(True),
        (len(suspects) - found) / len(users),
        found / len(attackers),
    )

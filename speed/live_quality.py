"""Live quality: was a like already in the person's list before it was learned?

By the definition of `recommender.prequential`, on what readers could see. Contenders are the list
that a reader gets, the champion's list as it was published ("frozen"), and what is liked most.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from contracts.artefact import Model
from contracts.histories import History, is_rated
from recommender.prequential import (
    Burst,
    Contender,
    Moment,
    Scored,
    bursts,
    gap_name,
    is_like,
    popularity_bucket,
    ranks_among,
    score_then_learn,
)
from redis_store.live_quality_counts import AFTER_A_MINUTE, JUDGED_FROM
from speed.parse_and_merge import Parsed, state_of

TOP = 10
"""A like among so many was a hit."""


class ListsBefore(NamedTuple):
    """A user's lists before an event: movies, best first; None where there is none."""

    live: Sequence[int] | None
    frozen: Sequence[int] | None


class Popular:
    """Movies by how many like them: all of the snapshot, and those whom this worker saw since.

    Equally liked ones go by their id. `before` has them as they were at the snapshot, which is what
    those see who have no list; `at_snapshot` says how many liked each then.
    """

    def __init__(self, model: Model) -> None:
        """As the model's snapshot has it."""
        likes = zip(model.movies.tolist(), model.likes.tolist(), strict=True)
        self._likes = {movie: count for movie, count in likes if count > 0}
        self.at_snapshot = dict(self._likes)
        self._order = sorted((-count, movie) for movie, count in self._likes.items())
        self.before = [movie for _, movie in self._order]

    def __iter__(self) -> Iterator[int]:
        """The most liked first."""
        return (movie for _, movie in self._order)

    def ranks(self, moment: Moment, movies: Sequence[int]) -> Sequence[int]:
        """Each movie's rank among the first ten."""
        return ranks_among(self, moment.masked, movies, TOP)

    def learn(self, at_s: int, movies: Sequence[int]) -> None:
        """One more likes each of these."""
        for movie in movies:
            count = self._likes.get(movie, 0)
            if count:
                del self._order[bisect_left(self._order, (-count, movie))]
            self._likes[movie] = count + 1
            insort(self._order, (-count - 1, movie))


@dataclass(frozen=True)
class _Published:
    """Lists that were made before the stretch, by user; `fallback` for who has none."""

    lists: Mapping[int, Sequence[int] | None]
    fallback: Sequence[int]

    def ranks(self, moment: Moment, movies: Sequence[int]) -> Sequence[int]:
        best = self.lists[moment.user]
        return ranks_among(self.fallback if best is None else best, moment.masked, movies, TOP)

    def learn(self, at_s: int, movies: Sequence[int]) -> None:
        """It stays as it was made."""


def likers_of(stretch: Parsed) -> set[int]:
    """Whose lists have to be looked at."""
    return {event.user_id for _, _, event in stretch.events if is_like(state_of(event))}


def judged(
    stretch: Parsed,
    histories: Mapping[int, History],
    lists_before: Mapping[int, ListsBefore],
    popular: Popular,
) -> Counter[str]:
    """First-time likes of a stretch, and how many of them each contender had among its first ten.

    Args:
        stretch: of one partition.
        histories: of its users, before it.
        lists_before: the lists of `likers_of` it, before it.
        popular: learns the likes.

    Returns:
        By `group:what`: what is `likes`, `live`, `frozen` or `popular`. Each like is counted in the
        groups of `groups_of`.
    """
    states = {
        user: {movie: entry.state for movie, entry in histories[user].entries.items()}
        for user in stretch.users
    }
    latest_s = {user: latest for user in lists_before if (latest := _latest_s(histories[user]))}
    contenders: dict[str, Contender] = {
        "live": _Published({user: one.live for user, one in lists_before.items()}, popular.before),
        "frozen": _Published(
            {user: one.frozen for user, one in lists_before.items()}, popular.before
        ),
        "popular": popular,
    }
    found: Counter[str] = Counter()
    for scored in score_then_learn(_bursts(stretch), states, latest_s, contenders):
        for n, movie in enumerate(scored.movies):
            hit = [name for name, ranks in scored.ranks.items() if ranks[n] < TOP]
            for group in groups_of(scored, popular.at_snapshot.get(movie, 0)):
                found.update(f"{group}:{what}" for what in ["likes", *hit])
    return found


def _latest_s(history: History) -> int:
    """When the user last rated; 0 for never."""
    rated = (one.rated_at_ms for one in history.entries.values() if is_rated(one.state))
    return max(rated, default=0) // 1000


def groups_of(scored: Scored, likes: int) -> Iterator[str]:
    """Where a like of a movie that so many liked at the snapshot is counted.

    Once by the likes that its user had before, the least of `JUDGED_FROM`; once by the time since
    the user's last rating, if there is one; and after more than a minute by the movie's popularity,
    as `p` and its bucket.
    """
    yield str(max(least for least in JUDGED_FROM if least <= scored.prior_likes))
    gap = gap_name(scored.gap_s)
    if gap:
        yield gap
    if gap in AFTER_A_MINUTE:
        yield f"p{popularity_bucket(likes)}"


def _bursts(stretch: Parsed) -> Iterator[Burst]:
    """User by user, in order."""
    by_user: dict[int, list[tuple[int, int, int, int]]] = {}
    for _, _, event in stretch.events:
        row = (event.user_id, event.rated_at_ms // 1000, event.movie_id, state_of(event))
        by_user.setdefault(event.user_id, []).append(row)
    for rows in by_user.values():
        yield from bursts(rows)

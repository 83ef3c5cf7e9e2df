"""How good the lists are while they live: was a like in the list before it was learned?

The prequential definition of `batch.evaluation.walk`, on what readers could see: what a user rated
in one second is a burst, scored against the lists before it; scored are first-time likes; what the
user rated or dismissed before is masked for every contender alike. Contenders are the list that a
reader gets, the champion's list as it was published ("frozen"), and what is liked most.
Source: Gama, Sebastião and Rodrigues 2013, "On evaluating stream learning algorithms".
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import NamedTuple

from contracts.artefact import Model
from contracts.events import Event
from contracts.histories import RETRACTED, History, is_rated
from contracts.store.speed import JUDGED_FROM
from recommender.preference import LIKE_FROM
from speed.change import Parsed, state_of

TOP = 10
"""A like among so many was a hit."""


class Shown(NamedTuple):
    """A user's lists before an event: movies, best first; None where there is none."""

    live: Sequence[int] | None
    frozen: Sequence[int] | None


class Popular:
    """Movies by how many like them: all of the snapshot, and those whom this worker saw since.

    Equally liked ones go by their id. `before` has them as they were at the snapshot, which is what
    those see who have no list.
    """

    def __init__(self, model: Model) -> None:
        """As the model's snapshot has it."""
        likes = zip(model.movies.tolist(), model.likes.tolist(), strict=True)
        self._likes = {movie: count for movie, count in likes if count > 0}
        self._order = sorted((-count, movie) for movie, count in self._likes.items())
        self.before = [movie for _, movie in self._order]

    def learn(self, movie: int) -> None:
        """One more likes a movie."""
        count = self._likes.get(movie, 0)
        if count:
            del self._order[bisect_left(self._order, (-count, movie))]
        self._likes[movie] = count + 1
        insort(self._order, (-count - 1, movie))

    def __iter__(self) -> Iterator[int]:
        """The most liked first."""
        return (movie for _, movie in self._order)


def likers_of(stretch: Parsed) -> set[int]:
    """Whose lists have to be looked at."""
    return {event.user_id for _, _, event in stretch.events if _is_like(event)}


def judged(
    stretch: Parsed,
    histories: Mapping[int, History],
    shown: Mapping[int, Shown],
    popular: Popular,
) -> Counter[str]:
    """First-time likes of a stretch, and how many of them each contender had among its first ten.

    Args:
        stretch: of one partition.
        histories: of its users, before it.
        shown: the lists of `likers_of` it, before it.
        popular: learns the likes.

    Returns:
        By `group:what`: what is `likes`, `live`, `frozen` or `popular`, and the group is the least
        of the numbers of likes that its users had before (`JUDGED_FROM`).
    """
    found: Counter[str] = Counter()
    states = {
        user: {movie: entry.state for movie, entry in histories[user].entries.items()}
        for user in stretch.users
    }
    for user, burst in _bursts(stretch):
        said = states[user]
        liked = {event.movie_id for event in burst if _is_like(event)}
        new = liked - said.keys()
        if new:
            found += _hits(new, said, shown[user], popular)
            for movie in new:
                popular.learn(movie)
        said.update((event.movie_id, state_of(event)) for event in burst)
    return found


def _is_like(event: Event) -> bool:
    return event.half_stars is not None and event.half_stars >= LIKE_FROM


def _bursts(stretch: Parsed) -> Iterator[tuple[int, list[Event]]]:
    """What each user rated in one second, in order."""
    by_user: dict[int, list[Event]] = {}
    for _, _, event in stretch.events:
        by_user.setdefault(event.user_id, []).append(event)
    for user, events in by_user.items():
        for _, burst in groupby(events, lambda event: event.rated_at_ms // 1000):
            yield user, list(burst)


def _hits(
    new: Iterable[int], said: Mapping[int, int], shown: Shown, popular: Popular
) -> Counter[str]:
    masked = {movie for movie, state in said.items() if state != RETRACTED}
    likes = sum(is_rated(state) and state >= LIKE_FROM for state in said.values())
    group = max(least for least in JUDGED_FROM if least <= likes)
    tops = {
        "live": _top(popular.before if shown.live is None else shown.live, masked),
        "frozen": _top(popular.before if shown.frozen is None else shown.frozen, masked),
        "popular": _top(popular, masked),
    }
    found: Counter[str] = Counter()
    for movie in new:
        found[f"{group}:likes"] += 1
        for name, top in tops.items():
            found[f"{group}:{name}"] += movie in top
    return found


def _top(movies: Iterable[int], masked: Container[int]) -> set[int]:
    return set(islice((movie for movie in movies if movie not in masked), TOP))

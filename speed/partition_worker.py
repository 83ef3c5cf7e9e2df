"""One partition's records into the store: histories, lists, totals and position, all or nothing."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from contracts.events import Event, is_fresh
from contracts.histories import History
from contracts.list_precedence import choose
from contracts.ranked_lists import RankedList
from kafka_clients import Consumed
from recommender.bulk_lists import HistoryBatch, ranked_lists
from redis_store.speed import Change, PositionMoved, SpeedStore
from redis_store.status import ListChange, StatusStore
from speed.active_model import Live
from speed.freshness import Freshness
from speed.live_quality import ListsBefore, judged, likers_of
from speed.metrics import AT_ONCE, LATER, Metrics
from speed.parse_and_merge import Parsed, deltas_of, merged, moved, new_totals, parsed

LIST_LENGTH = 100
SHOWN = 10
"""A list has changed for a person when its first ten have."""


@dataclass(frozen=True)
class PartitionWorker:
    """What applying records needs; `now_ms` is the wall clock."""

    store: SpeedStore
    status: StatusStore
    freshness: Freshness
    metrics: Metrics
    partitions: int
    now_ms: Callable[[], int]

    def apply(
        self, partition: int, records: Sequence[Consumed], live: Live | None, behind: bool
    ) -> None:
        """Apply a stretch; under a backlog, histories only, and the lists are owed.

        Raises:
            PositionMoved: if another worker has taken the partition.
        """
        stretch = parsed(records, self.partitions)
        position = self.store.position(partition)
        if position.next_offset != stretch.first:
            raise PositionMoved(
                f"partition {partition} is at {position.next_offset}, not at {stretch.first}"
            )
        known = self.store.histories(partition, stretch.users)
        outcomes = merged(stretch, known)
        histories = {user: outcome.history for user, outcome in outcomes.items()}
        deltas = deltas_of(outcomes)
        offsets = {user: history.next_offset - 1 for user, history in histories.items()}
        now = live if not behind else None
        lists = self._lists(histories, now)
        before = self.store.lists(partition, stretch.users) if now else {}
        seen = self._judged(partition, stretch, known, before, now)
        after = moved(position, stretch, outcomes, seen)
        self.store.write(
            partition,
            Change(
                expected=stretch.first,
                position=after,
                histories=histories,
                lists=lists,
                totals=new_totals(deltas, self.store.totals(partition, deltas)),
                touched=offsets,
                owed={} if lists else offsets,
            ),
        )
        self.metrics.applied(position, after)
        self.metrics.made(AT_ONCE, len(lists))
        self._measure(partition, stretch, lists, before)

    def make_owed_lists(self, partition: int, live: Live, limit: int) -> int:
        """Make some of the lists that are owed, the newest users first; how many were owed."""
        owed = self.store.owed(partition, limit)
        if owed:
            position = self.store.position(partition)
            lists = self._lists(self.store.histories(partition, owed), live)
            self.store.write(partition, Change(position.next_offset, position, lists=lists))
            self.metrics.made(LATER, len(lists))
        return len(owed)

    def _lists(self, histories: Mapping[int, History], live: Live | None) -> dict[int, RankedList]:
        if live is None:
            return {}
        version, now = live.active.version, self.now_ms()
        made = ranked_lists(live.folder, HistoryBatch.of(histories.values()), LIST_LENGTH)
        return {
            user: RankedList(version, history.next_offset, now, history.newest_ms, *ranked)
            for (user, history), ranked in zip(histories.items(), made, strict=True)
        }

    def _judged(
        self,
        partition: int,
        stretch: Parsed,
        histories: Mapping[int, History],
        foldin: Mapping[int, RankedList],
        live: Live | None,
    ) -> Counter[str]:
        """How the lists that were there ranked what these users like; nothing of a backlog."""
        if live is None:
            return Counter()
        likers = likers_of(stretch)
        frozen = self.store.listed(live.active.version, partition, likers)
        lists_before: dict[int, ListsBefore] = {}
        for user in likers:
            own = foldin.get(user), frozen.get(user)
            ranked, _ = choose(user, live.active, *own, self.partitions)
            lists_before[user] = ListsBefore(_movies(ranked), _movies(own[1]))
        return judged(stretch, histories, lists_before, live.popular)

    def _measure(
        self,
        partition: int,
        stretch: Parsed,
        lists: Mapping[int, RankedList],
        before: Mapping[int, RankedList],
    ) -> None:
        readable_ms = self.now_ms()
        for _, appended_ms, event in stretch.events:
            if event.user_id in lists and is_fresh(event.rated_at_ms, appended_ms):
                took = self.freshness.add(partition, appended_ms, readable_ms)
                self.metrics.readable(took)
                self._tell(event, took, before.get(event.user_id), lists[event.user_id])

    def _tell(
        self, event: Event, took_ms: int, ranked: RankedList | None, made: RankedList
    ) -> None:
        if ranked is None or event.half_stars is None:
            return
        before, after = _top(ranked), _top(made)
        gained = tuple(movie for movie in after if movie not in before)
        lost = tuple(movie for movie in before if movie not in after and movie != event.movie_id)
        change = ListChange(event.user_id, event.movie_id, event.half_stars, took_ms, gained, lost)
        self.status.add_list_change(change)


def _top(ranked: RankedList) -> list[int]:
    return [int(movie) for movie in ranked.movies[:SHOWN]]


def _movies(ranked: RankedList | None) -> list[int] | None:
    return None if ranked is None else ranked.movies.tolist()

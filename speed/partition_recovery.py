"""Reloads a partition whose position is lost from the event log, a part at a time.

Nothing of it counts until the last part, which brings the position; until then the fence of
`SpeedStore.begin_load` keeps everybody else from writing, one who has begun to load before too.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import event_log
from contracts.histories import History
from event_log import COLUMNS, Events, Storage, events_in
from recommender.history_merge import Merged, MergeEvent, merge
from redis_store.partition_position import Position
from redis_store.speed import Change
from speed.parse_and_merge import deltas_of, new_totals

EVENTS_AT_ONCE = 2_000
"""Merged for one write, at least a user's: some milliseconds of this process and of Redis."""
MOVIES_AT_ONCE = 500
NO_TOTAL = (0,) * 10


def changes(log: Storage, partition: int, end: int, fence: int) -> Iterator[Change]:
    """What is to be written, one after the other; the last brings the position.

    Args:
        log: the event log.
        partition: of the topic.
        end: the next-offset to load up to, above 0.
        fence: what the position says meanwhile; see `SpeedStore.begin_load`.

    Raises:
        BrokenLog: if the log has a gap or an overlap.
    """
    rows = event_log.read(log, {partition: end}, COLUMNS)
    held, applied, no_effect = Position(fence), 0, 0
    totals: defaultdict[int, tuple[int, ...]] = defaultdict(lambda: NO_TOTAL)
    for outcomes in _merged(events_in(rows)):
        histories = {user: outcome.history for user, outcome in outcomes.items()}
        last = {user: history.next_offset - 1 for user, history in histories.items()}
        yield Change(fence, held, histories=histories, touched=last, owed=last)
        applied += sum(len(one.changes) for one in outcomes.values())
        no_effect += sum(one.no_effect for one in outcomes.values())
        totals.update(new_totals(deltas_of(outcomes), totals))
    movies = list(totals)
    for first in range(0, len(movies), MOVIES_AT_ONCE):
        some = movies[first : first + MOVIES_AT_ONCE]
        yield Change(fence, held, totals={movie: totals[movie] for movie in some})
    yield Change(fence, Position(end, applied, no_effect, _rejected(rows)))


def _merged(events: Events) -> Iterator[dict[int, Merged]]:
    """What all users have said, merged; some users at a time."""
    events = events.where(np.lexsort((events.offset, events.user_id)))
    edges = (np.flatnonzero(np.diff(events.user_id, append=-1)) + 1).tolist()
    first = 0
    while first < len(events.user_id):
        last = edges[min(bisect_left(edges, first + EVENTS_AT_ONCE), len(edges) - 1)]
        yield _merged_part(events.where(np.arange(first, last)))
        first = last


def _merged_part(events: Events) -> dict[int, Merged]:
    said: dict[int, list[MergeEvent]] = {}
    columns = (events.offset, events.timestamp_ms, events.movie_id, events.state)
    rows = zip(*(column.tolist() for column in (*columns, events.rated_at_ms)), strict=True)
    for user, row in zip(events.user_id.tolist(), rows, strict=True):
        said.setdefault(user, []).append(MergeEvent(*row))
    return {user: merge(History(), some) for user, some in said.items()}


def _rejected(rows: pa.Table) -> dict[str, int]:
    """How many records are no events, by reason."""
    reasons = pc.value_counts(rows["reason"].drop_null())
    return {one["values"]: one["counts"] for one in reasons.to_pylist()}

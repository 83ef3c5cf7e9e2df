"""Applies a batch of records to one partition: pure, from stored values to new absolute values."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from contracts.event_parser import MalformedEvent, parse
from contracts.events import Event, Kind
from contracts.histories import DISMISSED, RETRACTED, History
from contracts.process_exit import FAILED, Failure
from kafka_clients import Consumed
from recommender.history_merge import Merged, MergeEvent, merge, total_delta
from redis_store.partition_position import Position

STATES = {Kind.retracted: RETRACTED, Kind.dismissed: DISMISSED}


class OffsetGap(Failure):
    """Records that do not follow the position: something else writes into the topic."""

    where = "Kafka"
    what_to_do = "let only Reelstream write to the topic"
    code = FAILED


@dataclass(frozen=True)
class Parsed:
    """A contiguous stretch of one partition's records, parsed.

    Attributes:
        events: (offset, record timestamp, event) of the valid ones.
        rejected: how many were not, by reason.
    """

    first: int
    next_offset: int
    events: list[tuple[int, int, Event]]
    rejected: Counter[str]

    @property
    def users(self) -> list[int]:
        """Whose events these are, in order of their last one."""
        return list({event.user_id: None for _, _, event in reversed(self.events)})[::-1]


def stretches(records: Sequence[Consumed], limit: int) -> Iterator[Sequence[Consumed]]:
    """Records in parts of about so many; none ends between two in a row of one user.

    What a user rates in one second is one burst to `speed.live_quality`, and one list to make.
    """
    first = 0
    while first < len(records):
        last = min(first + limit, len(records))
        while last < len(records) and records[last].record.key == records[last - 1].record.key:
            last += 1
        yield records[first:last]
        first = last


def parsed(records: Sequence[Consumed], partitions: int) -> Parsed:
    """Parse a stretch.

    Raises:
        OffsetGap: if an offset is left out.
    """
    first, until = records[0].offset, records[-1].offset + 1
    if until - first != len(records):
        raise OffsetGap(f"only {len(records)} records between offsets {first} and {until}")
    events: list[tuple[int, int, Event]] = []
    rejected: Counter[str] = Counter()
    for offset, record in records:
        try:
            events.append((offset, record.timestamp_ms, parse(record, partitions)))
        except MalformedEvent as error:
            rejected[error.reason] += 1
    return Parsed(first, until, events, rejected)


def merged(stretch: Parsed, histories: Mapping[int, History]) -> dict[int, Merged]:
    """Each user's events folded into that user's history."""
    said: dict[int, list[MergeEvent]] = {}
    for offset, timestamp_ms, event in stretch.events:
        one = MergeEvent(offset, timestamp_ms, event.movie_id, state_of(event), event.rated_at_ms)
        said.setdefault(event.user_id, []).append(one)
    return {user: merge(histories[user], events) for user, events in said.items()}


def state_of(event: Event) -> int:
    """An event's state in a history."""
    return STATES[event.kind] if event.half_stars is None else event.half_stars


def moved(
    position: Position, stretch: Parsed, outcomes: Mapping[int, Merged], judged: Counter[str]
) -> Position:
    """The position after the stretch, every record of it counted once; `judged` is added."""
    no_effect = sum(outcome.no_effect for outcome in outcomes.values())
    applied = len(stretch.events) - no_effect
    rejected = Counter(position.rejected) + stretch.rejected
    return Position(
        stretch.next_offset,
        position.applied + applied,
        position.no_effect + no_effect,
        rejected,
        Counter(position.judged) + judged,
    )


def new_totals(
    deltas: Mapping[int, Sequence[int]], stored: Mapping[int, Sequence[int]]
) -> dict[int, tuple[int, ...]]:
    """Movie totals after the deltas."""
    return {
        movie: tuple(have + change for have, change in zip(stored[movie], delta, strict=True))
        for movie, delta in deltas.items()
    }


def deltas_of(outcomes: Mapping[int, Merged]) -> dict[int, list[int]]:
    """What all users' changes do to movie totals."""
    return total_delta(change for outcome in outcomes.values() for change in outcome.changes)

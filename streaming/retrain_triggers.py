"""When to request a retrain: pure."""

from dataclasses import dataclass

from contracts.next_offsets import NextOffsets, events_between
from contracts.retrain_log_entries import Request, Retrains, Trigger, request

BACKLOG = 1000
"""With this many unlanded events no model is requested: a backlog is being read."""


@dataclass(frozen=True)
class Policy:
    """How many new events, or how many seconds with any, trigger a retrain."""

    events: int
    seconds: int


def due(
    policy: Policy,
    retrains: Retrains,
    landed: NextOffsets,
    topic_ends: NextOffsets,
    started_ms: int,
    now_ms: int,
    *,
    fallen: bool,
) -> Request | None:
    """The request to append now, if any: one is open at a time, and only for new events.

    Args:
        policy: what asks.
        retrains: the retrain topic, folded.
        landed: the event log's next-offsets; the snapshot of a request.
        topic_ends: the topic's.
        started_ms: when this job began; the time trigger counts from it before any decision.
        now_ms: the wall clock.
        fallen: whether live lists have become worse.
    """
    new = events_between(retrains.decided, landed)
    if retrains.open or not new or events_between(landed, topic_ends) > BACKLOG:
        return None
    since = retrains.last.decided_at_ms if retrains.last else started_ms
    if retrains.last and new >= policy.events:
        return request(Trigger.volume, landed, now_ms)
    if retrains.last and fallen:
        return request(Trigger.quality, landed, now_ms)
    if now_ms - since >= policy.seconds * 1000:
        return request(Trigger.time, landed, now_ms)
    return None

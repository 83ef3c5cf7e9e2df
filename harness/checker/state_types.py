"""What truth and system are compared in."""

from dataclasses import dataclass, field
from typing import NamedTuple

RETRACTED = 0
DISMISSED = 255


class Position(NamedTuple):
    """Where a partition stands, and what became of its records."""

    next_offset: int
    applied: int
    no_effect: int
    rejected: int


class History(NamedTuple):
    """A user's movies: (state, rated_at ms) each; and the next offset behind them."""

    movies: dict[int, tuple[int, int]]
    next_offset: int


class RankedList(NamedTuple):
    """A person's list: the model's version, the next offset behind it, (movie, score) each."""

    version: int
    next_offset: int
    entries: list[tuple[int, float]]


class LogRow(NamedTuple):
    """A record in the event log; the typed fields are None where it was rejected."""

    offset: int
    timestamp_ms: int
    valid: bool
    kind: str | None = None
    event_id: str | None = None
    user_id: int | None = None
    movie_id: int | None = None
    half_stars: int | None = None
    rated_at_ms: int | None = None


Bucket = tuple[str, int]
"""Grain and start second."""
Counts = dict[str, tuple[int, int]]
"""`m:movie` or `g:genre` to (ratings, half-star sum)."""
Activity = dict[str, int]
"""How many `records`, `rejected` and `ratings`, where there are any."""
Registers = dict[int, int]
"""A sketch's registers that are not 0."""


@dataclass
class State:
    """Everything that the law speaks of.

    Histories are by (partition, user), so that one in a wrong partition is none of the truth.
    """

    positions: dict[int, Position] = field(default_factory=dict)
    histories: dict[tuple[int, int], History] = field(default_factory=dict)
    totals: dict[int, tuple[int, ...]] = field(default_factory=dict)
    buckets: dict[Bucket, Counts] = field(default_factory=dict)
    activity: dict[Bucket, Activity] = field(default_factory=dict)
    users: dict[Bucket, Registers] = field(default_factory=dict)
    log: dict[int, list[LogRow]] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)

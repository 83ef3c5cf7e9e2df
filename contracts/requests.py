"""Retrain requests and the trainer's decisions: one topic, one partition, kept for ever.

Triggers, worker and `batch models` rebuild their state by folding it. Anyone may append a request;
only the trainer appends decisions.
"""

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum

import msgspec

from contracts.clients import Producer, Tail
from contracts.topics import NextOffsets, events_between, to_json_keys


class Trigger(StrEnum):
    """Why a retrain was asked for."""

    hand = "hand"
    volume = "volume"
    time = "time"
    quality = "quality"
    """Live lists have become worse beside what is popular."""


class Outcome(StrEnum):
    """What became of a request."""

    promoted = "promoted"
    refreshed = "refreshed"
    refused = "refused"
    insufficient = "insufficient"
    rolled_back = "rolled_back"
    """None of a request: somebody has activated an older version again."""


class Request(msgspec.Struct, frozen=True, tag="request", tag_field="type"):
    """Somebody asks for a model of the events below `snapshot`."""

    request_id: str
    reason: Trigger
    snapshot: dict[int, int]
    requested_at_ms: int


class Decision(msgspec.Struct, frozen=True, tag="decision", tag_field="type"):
    """The trainer's answer; `version` is the model's number, or None where none came of it.

    A rollback is one too: its id is no request's, version and snapshot are those gone back to.
    `figures` are what it was decided by, by name.
    """

    request_id: str
    snapshot: dict[int, int]
    outcome: Outcome
    version: int | None
    reason: str
    decided_at_ms: int
    figures: dict[str, float] = {}


Entry = Request | Decision
_DECODER: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)


@dataclass(frozen=True)
class Retrains:
    """The topic folded: what is open, and what was decided last.

    Attributes:
        open: the newest request that no decision answers, or None.
        decided: the snapshot of the last decision on a request; empty before the first.
        decisions: all of them, in order, rollbacks too.
    """

    open: Request | None = None
    decided: NextOffsets = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()

    @property
    def last(self) -> Decision | None:
        """The newest decision on a request: from it on triggers count, and no rollback."""
        answers = [one for one in self.decisions if one.outcome is not Outcome.rolled_back]
        return answers[-1] if answers else None

    @property
    def published(self) -> int | None:
        """The version that was activated last, be it an old one by a rollback."""
        versions = [one.version for one in self.decisions if one.version is not None]
        return versions[-1] if versions else None


def request(reason: Trigger, snapshot: NextOffsets, now_ms: int) -> Request:
    """A request whose id is a function of reason and snapshot, so that asking twice is once."""
    text = msgspec.json.encode([reason, to_json_keys(snapshot)])
    return Request(hashlib.sha256(text).hexdigest()[:16], reason, dict(snapshot), now_ms)


def fold(state: Retrains, entries: Iterable[Entry]) -> Retrains:
    """The state after these entries.

    A request coalesces into the newest open one. One whose snapshot is not newer than the last
    decided one is dropped, unless asked by hand.
    """
    for entry in entries:
        match entry:
            case Request():
                state = _asked(state, entry)
            case Decision():
                state = _decided(state, entry)
    return state


def _asked(state: Retrains, entry: Request) -> Retrains:
    stale = events_between(state.decided, entry.snapshot) == 0
    if stale and entry.reason is not Trigger.hand:
        return state
    return replace(state, open=entry)


def _decided(state: Retrains, entry: Decision) -> Retrains:
    if entry.outcome is Outcome.rolled_back:  # the events past its snapshot were judged already
        return replace(state, decisions=(*state.decisions, entry))
    still_open = state.open if state.open and state.open.request_id != entry.request_id else None
    if still_open and still_open.reason is not Trigger.hand:
        covered = events_between(entry.snapshot, still_open.snapshot) == 0
        still_open = None if covered else still_open
    return Retrains(still_open, entry.snapshot, (*state.decisions, entry))


def encode(entry: Entry) -> bytes:
    """An entry as JSON."""
    return msgspec.json.encode(entry)


def decode(value: bytes) -> Entry:
    """The inverse of `encode`.

    Raises:
        msgspec.DecodeError: if the value is neither a request nor a decision.
    """
    return _DECODER.decode(value)


class RetrainLog:
    """The topic, read from its beginning without a group, and appended to."""

    def __init__(self, bootstrap: str, topic: str, client_id: str) -> None:
        """Connect and read everything that is there.

        Raises:
            NoBroker: if no broker answers.
        """
        self._topic = topic
        self._tail = Tail(bootstrap, topic, {0: 0})
        self._producer = Producer(bootstrap, client_id)
        self._state = Retrains()

    def state(self) -> Retrains:
        """The state after everything that the topic holds now."""
        for _, one in self._tail.to_end():
            # Anyone may append: what is neither request nor decision asks for nothing.
            with suppress(msgspec.DecodeError):
                self._state = fold(self._state, [decode(one.record.value or b"")])
        return self._state

    def append(self, entry: Entry) -> None:
        """Append, and return when Kafka has it.

        Raises:
            KafkaError: if Kafka did not take it.
        """
        key = entry.request_id.encode()
        sent = self._producer.send(self._topic, key, encode(entry), 0)
        self._producer.flush()
        sent.result()

    def close(self) -> None:
        """Disconnect."""
        self._tail.close()
        self._producer.close()

"""Retrain requests and the trainer's decisions: one topic, one partition, kept forever.

Triggers, worker and `batch models` rebuild their state by folding it. Anyone may append a request;
the trainer appends decisions, an operator a rollback's decision, a hold and its release. What a
later version may append besides asks for nothing here.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

import msgspec

from contracts.next_offsets import NextOffsets, events_between, to_json_keys


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
    held = "held"
    """Would have been published, but an operator holds the active version."""
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


class Hold(msgspec.Struct, frozen=True, tag="hold", tag_field="type"):
    """An operator holds a version: until the release no retrain activates another."""

    version: int
    held_at_ms: int


class Release(msgspec.Struct, frozen=True, tag="release", tag_field="type"):
    """The end of a hold: retrains activate again."""

    released_at_ms: int


Entry = Request | Decision | Hold | Release
_DECODER: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)


@dataclass(frozen=True)
class Retrains:
    """The topic folded: what is open, and what was decided last.

    Attributes:
        open: the newest request that no decision answers, or None.
        decided: the snapshot of the last decision on a request; empty before the first.
        decisions: all of them, in order, rollbacks too.
        held: the hold that has not been released, or None.
    """

    open: Request | None = None
    decided: NextOffsets = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    held: Hold | None = None

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
            case Hold():
                state = replace(state, held=entry)
            case Release():
                state = replace(state, held=None)
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
    decisions = (*state.decisions, entry)
    return replace(state, open=still_open, decided=entry.snapshot, decisions=decisions)


def encode(entry: Entry) -> bytes:
    """An entry as JSON."""
    return msgspec.json.encode(entry)


def decode(value: bytes) -> Entry:
    """The inverse of `encode`.

    Raises:
        msgspec.DecodeError: if the value is no entry.
    """
    return _DECODER.decode(value)


def key_of(entry: Entry) -> bytes:
    """What belongs together, for whoever looks at the topic."""
    return entry.request_id.encode() if isinstance(entry, Request | Decision) else b"hold"

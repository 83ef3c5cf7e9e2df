"""Which topic an event log belongs to."""

import json
from dataclasses import asdict

import msgspec

from contracts.process_exit import FOREIGN, USAGE, Failure
from contracts.topics import Identity
from event_log.log_files import BrokenLog
from event_log.storage import Storage

IDENTITY = "log.json"


class ForeignLog(Failure):
    """A log of another cluster, topic or partition count."""

    where = "event log"
    what_to_do = "use the folder that belongs to this topic"
    code = FOREIGN


class NoLog(Failure):
    """Nothing has landed in the event log yet."""

    where = "event log"
    what_to_do = "start `reelstream up`, or set REELSTREAM_STATE to its folder"
    code = USAGE


def claim(log: Storage, identity: Identity) -> None:
    """Mark an empty log as this topic's; refuse one that is another's.

    Raises:
        ForeignLog: naming both identities.
    """
    if IDENTITY not in log.modified():
        log.write(IDENTITY, json.dumps(asdict(identity), indent=1).encode())
    found = identity_of(log)
    if found != identity:
        raise ForeignLog(f"event log {log} belongs to {found}, not to {identity}")


def identity_of(log: Storage) -> Identity:
    """Whose log this is.

    Raises:
        NoLog: if none has begun there.
        BrokenLog: if it does not tell.
    """
    try:
        return msgspec.json.decode(log.read(IDENTITY), type=Identity)
    except FileNotFoundError:
        raise NoLog(f"there is no event log in {log}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BrokenLog(f"{IDENTITY} of {log} cannot be read: {error}") from None

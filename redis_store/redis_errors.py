"""Redis's refusals, each as an error type of its own."""

import re
from typing import NamedTuple

from redis.exceptions import RedisError as StoreError

from contracts.process_exit import UNREACHABLE, USAGE, Failure
from contracts.settings import REDIS_FORM


class PassingRefusal(Failure, StoreError):
    """A refusal that passes by itself or once an operator has fixed it: worth waiting for."""


class StoreFull(PassingRefusal):
    """It holds as much as `maxmemory` allows."""

    where = "maxmemory"
    what_to_do = "raise it, or give Reelstream its own Redis"
    code = UNREACHABLE


class ReadOnlyStore(PassingRefusal):
    """It is a replica."""

    where = "replicaof"
    what_to_do = "give the address of the master"
    code = UNREACHABLE


class StoreCannotSave(PassingRefusal):
    """It rejects writes, because it cannot save them to disk or copy them to replicas."""

    where = "appendonly, save, min-replicas-to-write"
    what_to_do = "check its disk and its replicas"
    code = UNREACHABLE


class StoreLoading(PassingRefusal):
    """It is loading its data from disk or from its master."""

    where = "Redis"
    what_to_do = "wait until it has finished"
    code = UNREACHABLE


class LastingRefusal(Failure, StoreError):
    """Redis is unsuitable, and trying again would not change that."""


class NotPermitted(LastingRefusal):
    """Its access control lists do not let this user do it."""

    where = "ACL"
    what_to_do = "grant its user `+@all -@dangerous +info` on the keys of REELSTREAM_KEY_PREFIX"
    code = USAGE


class NotAuthenticated(LastingRefusal):
    """It requires a password, or another one."""

    where = "REELSTREAM_REDIS_URL"
    what_to_do = f"use {REDIS_FORM}"
    code = USAGE


class ClusterStore(LastingRefusal):
    """It runs in cluster mode."""

    where = "cluster-enabled"
    what_to_do = "give a Redis that is not in cluster mode"
    code = USAGE


class StoreTooOld(LastingRefusal):
    """It is older than 6.2."""

    where = "Redis"
    what_to_do = "install 6.2 or newer"
    code = USAGE


class _Said(NamedTuple):
    error: type[StoreError]
    what: str


_BY_CODE = {
    "OOM": _Said(StoreFull, "Redis is full"),
    "READONLY": _Said(ReadOnlyStore, "Redis is a read-only replica"),
    "MISCONF": _Said(StoreCannotSave, "Redis rejects writes because it cannot save them"),
    "NOREPLICAS": _Said(StoreCannotSave, "Redis rejects writes because it has too few replicas"),
    "LOADING": _Said(StoreLoading, "Redis is loading its data"),
    "MASTERDOWN": _Said(StoreLoading, "Redis is syncing with its master"),
    "NOPERM": _Said(NotPermitted, "Redis denies permission"),
    "NOAUTH": _Said(NotAuthenticated, "Redis requires a password"),
    "WRONGPASS": _Said(NotAuthenticated, "Redis rejects the password"),
} | dict.fromkeys(
    ("MOVED", "ASK", "TRYAGAIN", "CROSSSLOT", "CLUSTERDOWN"),
    _Said(ClusterStore, "Redis runs in cluster mode"),
)
_BY_WORDS = {
    "invalid password": _BY_CODE["WRONGPASS"],
    "'auth' command": _Said(NotAuthenticated, "Redis does not accept a user name"),
    "executing the script can't": _BY_CODE["NOPERM"],
    "unknown command": _Said(StoreTooOld, "Redis does not support a command"),
}
_CODE = re.compile(r"(?:^|-)([A-Z]{3,})\b")
"""At the beginning, or behind a dash where a script was refused."""


def refusal_of(error: StoreError) -> StoreError | None:
    """The refusal that an error from Redis is; None if it is none of these."""
    said = str(error).rpartition(" of pipeline caused error: ")[2]
    codes = [error.status_code, *_CODE.findall(said)]
    by_code = [_BY_CODE[code] for code in codes if code in _BY_CODE]
    by_words = [found for words, found in _BY_WORDS.items() if words in said.lower()]
    for found in (*by_code, *by_words):
        return found.error(found.what)
    return None

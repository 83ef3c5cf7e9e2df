"""Reads many strings at a time; a value of the wrong type is damaged, not missing."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import cast

from contracts.histories import History, chunk_count, unpack
from contracts.redis_keys import Keys
from contracts.stored_value_checks import CorruptValue, stored_at
from redis_store.connection import Client

AT_ONCE = 64
"""Parts of one value in a command: what follows a part that is missing is not asked for."""


def strings(client: Client, keys: Sequence[str]) -> list[bytes | None]:
    """The values of these keys, None for one that is missing.

    Raises:
        CorruptValue: if one is there and no string.
    """
    found = cast(list[bytes | None], client.mget(keys)) if keys else []
    refuse_other_types(client, [k for k, v in zip(keys, found, strict=True) if v is None])
    return found


def refuse_other_types(client: Client, missing: Sequence[str]) -> None:
    """Tell a value of the wrong type from none: `MGET` does not.

    Raises:
        CorruptValue: naming the first.
    """
    if missing and client.exists(*missing):
        for key in missing:
            if client.type(key) not in {b"none", b"string"}:
                raise CorruptValue(f"{key}: a value of the wrong type")


def parts_of(client: Client, keys: Iterable[str]) -> list[bytes]:
    """The values of these keys up to the first that is missing."""
    found: list[bytes] = []
    left = iter(keys)
    while some := list(islice(left, AT_ONCE)):
        values = strings(client, some)
        there = [value for value in values if value is not None]
        if len(there) < len(values):
            return found + there[: values.index(None)]
        found += there
    return found


def history(client: Client, keys: Keys, partition: int, user: int, first: bytes | None) -> History:
    """A user's history, of which this is the first chunk; empty if there is none.

    Raises:
        CorruptValue: if a chunk is damaged or missing.
    """
    if first is None:
        return History()
    with stored_at(keys.rated(partition, user)):
        further = (keys.rated(partition, user, n) for n in range(1, chunk_count(first)))
        return unpack([first, *parts_of(client, further)])

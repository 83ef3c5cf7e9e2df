"""The topic that the store's content comes from: recorded by the speed layer, checked by all."""

import msgspec

from contracts.process_exit import FOREIGN, Failure
from contracts.redis_keys import Keys
from contracts.stored_value_checks import CorruptValue, printable
from contracts.topics import MAX_PARTITIONS, Identity
from redis_store.connection import Client


class ForeignStore(Failure):
    """A store that was made from another topic, or from one of another shape."""

    where = "Redis"
    what_to_do = "set another REELSTREAM_KEY_PREFIX, or empty the store"
    code = FOREIGN


class TopicStore:
    """Records which topic the store belongs to."""

    def __init__(self, client: Client, keys: Keys) -> None:
        """Use this client under these keys."""
        self._client = client
        self._key = keys.topic()
        self._prefix = keys.prefix

    def claim(self, identity: Identity) -> None:
        """Record this topic where none is recorded, or nothing legible.

        Raises:
            ForeignStore: if the store is another topic's; names both.
        """
        value = msgspec.json.encode(identity)
        self._client.set(self._key, value, nx=True)
        try:
            found = self.identity()
        except CorruptValue:
            self._client.set(self._key, value)
        else:
            if found not in {None, identity}:  # None: flushed this very moment
                raise ForeignStore(f"keys {self._prefix}* belong to {found}, not to {identity}")

    def identity(self) -> Identity | None:
        """The topic, or None while none is recorded.

        Raises:
            CorruptValue: if what is recorded is no identity.
        """
        return decode_identity(self._key, self._client.get(self._key))


def decode_identity(key: str, stored: bytes | None) -> Identity | None:
    """An identity as it is stored; None where none is.

    Raises:
        CorruptValue: if it is something else.
    """
    if stored is None:
        return None
    try:
        found = msgspec.json.decode(stored, type=Identity)
    except msgspec.MsgspecError as error:
        raise CorruptValue(f"{key}: {printable(stored)} is not a topic's identity") from error
    if not 1 <= found.partitions <= MAX_PARTITIONS:
        raise CorruptValue(f"{key}: a topic with {found.partitions} partitions")
    return found

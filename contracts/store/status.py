"""What each process says of itself, and the stories that the speed layer tells."""

from collections.abc import Mapping

import msgspec

from contracts.keys import Keys
from contracts.store.connection import Client

STORIES_KEPT = 200


class Story(msgspec.Struct, frozen=True):
    """One rating and what it did to the rater's list, as shown to people."""

    user_id: int
    movie_id: int
    half_stars: int
    milliseconds: int
    gained: tuple[int, ...]
    lost: tuple[int, ...]


class StatusStore:
    """Heartbeats and stories."""

    def __init__(self, client: Client, keys: Keys) -> None:
        """Use this client under these keys."""
        self._client = client
        self._keys = keys

    def write(self, process: str, fields: Mapping[str, str | int | float]) -> None:
        """Set these fields of a process's status."""
        self._client.hset(self._keys.status(process), mapping=dict(fields))

    def read(self, process: str) -> dict[str, str]:
        """All fields of a process's status; empty for one that never spoke."""
        stored = self._client.hgetall(self._keys.status(process))
        return {name.decode(): value.decode() for name, value in stored.items()}

    def tell(self, story: Story) -> None:
        """Add a story to the newest few hundred."""
        fields = {"story": msgspec.json.encode(story)}
        self._client.xadd(self._keys.stories(), fields, maxlen=STORIES_KEPT, approximate=True)

    def stories_after(self, last_id: str) -> list[tuple[str, Story]]:
        """Stories newer than an entry id, oldest first; `$` means only the newest one."""
        key = self._keys.stories()
        if last_id == "$":
            found = self._client.xrevrange(key, count=1)
        else:
            found = self._client.xrange(key, min=f"({last_id}", count=STORIES_KEPT)
        return [(id_.decode(), _story(fields)) for id_, fields in found]


def _story(fields: Mapping[bytes, bytes]) -> Story:
    return msgspec.json.decode(fields[b"story"], type=Story)

"""The names of all Redis keys. No other module spells one.

`{p}` is the Kafka partition as a hash tag, so that one script's keys share a slot in a cluster.
"""

from collections.abc import Iterable
from dataclasses import dataclass

_PUBLISHED = ("list", "factors", "popular", "similar")


@dataclass(frozen=True)
class Keys:
    """Key names under one prefix, which ends in the schema version and a colon."""

    prefix: str

    def topic(self) -> str:
        """`topic`: string; identity of the topic that everything here was made from."""
        return f"{self.prefix}topic"

    def position(self, partition: int) -> str:
        """`position:{p}`: hash; next offset reflected in this partition's keys, running counts."""
        return f"{self.prefix}position:{{{partition}}}"

    def rated(self, partition: int, user_id: int, chunk: int = 0) -> str:
        """`rated:{p}:user[:chunk]`: string; packed history."""
        name = f"{self.prefix}rated:{{{partition}}}:{user_id}"
        return f"{name}:{chunk}" if chunk else name

    def foldin(self, partition: int, user_id: int) -> str:
        """`foldin:{p}:user`: string; packed list of the speed layer."""
        return f"{self.prefix}foldin:{{{partition}}}:{user_id}"

    def movies(self, partition: int) -> str:
        """`movies:{p}`: hash; movie to packed total of this partition's users."""
        return f"{self.prefix}movies:{{{partition}}}"

    def touched(self, partition: int) -> str:
        """`touched:{p}`: sorted set; users by the offset of their last event."""
        return f"{self.prefix}touched:{{{partition}}}"

    def owed(self, partition: int) -> str:
        """`owed:{p}`: sorted set; users whose list is owed, by the offset of their last event."""
        return f"{self.prefix}owed:{{{partition}}}"

    def of_users(self, partition: int) -> tuple[str, ...]:
        """Glob patterns that together match every `rated` and `foldin` of a partition."""
        return tuple(f"{self.prefix}{kind}:{{{partition}}}:*" for kind in ("rated", "foldin"))

    def listed(self, version: int, partition: int, user_id: int) -> str:
        """`list:version:{p}:user`: string; packed list of the batch layer."""
        return f"{self._lists(version, partition)}{user_id}"

    def all_listed(self, version: int, partition: int, users: Iterable[int]) -> list[bytes]:
        """`listed` of many users of one partition, encoded."""
        before = self._lists(version, partition).encode()
        return [b"%b%d" % (before, user) for user in users]

    def factors(self, version: int, array: str, chunk: int) -> str:
        """`factors:version:array:chunk`: string; a part of one of the model's arrays."""
        return f"{self.prefix}factors:{version}:{array}:{chunk}"

    def manifest(self, version: int) -> str:
        """`manifest:version`: hash; counts and checksums of what was published."""
        return f"{self.prefix}manifest:{version}"

    def popular(self, version: int, genre: str | None = None) -> str:
        """`popular:version[:genre]`: string; packed list of movies by decreasing likes."""
        name = f"{self.prefix}popular:{version}"
        return name if genre is None else f"{name}:{genre}"

    def similar(self, version: int, movie_id: int) -> str:
        """`similar:version:movie`: string; packed neighbours of a movie."""
        return f"{self.prefix}similar:{version}:{movie_id}"

    def all_versioned(self) -> tuple[str, ...]:
        """Glob patterns that together match every key of every version, the manifests first.

        Whoever unlinks in this order leaves no manifest of a version that is not whole.
        """
        return tuple(f"{self.prefix}{kind}:*" for kind in ("manifest", *_PUBLISHED))

    def of_version(self, version: int) -> tuple[str, ...]:
        """Glob patterns that together match every key of a version but its manifest."""
        kinds = (f"{self.prefix}{kind}:{version}:*" for kind in _PUBLISHED)
        return (self.popular(version), *kinds)

    def version_of(self, key: str) -> int:
        """The version that a key matching `all_versioned` belongs to."""
        return int(key.removeprefix(self.prefix).split(":")[1])

    def active(self) -> str:
        """`active`: hash; activation number, version, previous version, snapshot, token."""
        return f"{self.prefix}active"

    def token(self) -> str:
        """`token`: string; the largest trainer's token handed out."""
        return f"{self.prefix}token"

    def trend(self, grain: str, start: int) -> str:
        """`trend:grain:start`: hash; `m:movie` and `g:genre` to "count,half-star sum"."""
        return f"{self.prefix}trend:{grain}:{start}"

    def activity(self, grain: str, start: int) -> str:
        """`activity:grain:start`: hash; how many `records`, `rejected` and `ratings`."""
        return f"{self.prefix}activity:{grain}:{start}"

    def active_users(self, grain: str, start: int) -> str:
        """`active:grain:start`: string; sketch of users, 2,048 registers of a byte."""
        return f"{self.prefix}active:{grain}:{start}"

    def all_buckets(self) -> tuple[str, ...]:
        """Glob patterns that together match every bucket, and `trend:offsets`."""
        return tuple(f"{self.prefix}{kind}:*" for kind in ("trend", "activity", "active"))

    def trend_offsets(self) -> str:
        """`trend:offsets`: hash; partition to the next offset that the buckets reflect."""
        return f"{self.prefix}trend:offsets"

    def catalogue(self, chunk: int) -> str:
        """`catalogue:n`: string; personas (0) and movies (1 and up)."""
        return f"{self.prefix}catalogue:{chunk}"

    def catalogue_size(self) -> str:
        """`catalogue:size`: string; how many chunks the catalogue has."""
        return f"{self.prefix}catalogue:size"

    def status(self, process: str) -> str:
        """`status:process`: hash; heartbeat and what the process says of itself.

        Each worker of the speed layer is a process, `speed:id`; `speed` has what all of them count.
        """
        return f"{self.prefix}status:{process}"

    def workers(self) -> str:
        """`workers`: sorted set; ids of the speed layer's workers, by when each last spoke."""
        return f"{self.prefix}workers"

    def stories(self) -> str:
        """`stories`: stream; ratings whose list changed, the newest few hundred."""
        return f"{self.prefix}stories"

    def probe(self) -> str:
        """`probe`: hash; written and unlinked at once, to see whether Redis takes writes."""
        return f"{self.prefix}probe"

    def _lists(self, version: int, partition: int) -> str:
        return f"{self.prefix}list:{version}:{{{partition}}}:"

"""What each process says of itself: a struct each, kept as the Redis hash `status:process`.

A field of the struct is a field of the hash. Counts by partition are one for each (`behind:3`), and
counts by partition and duration one for each pair (`fresh:3:40`).
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TypeVar

import msgspec

from contracts.stored_value_checks import CorruptValue, text, whole_number

LONGEST_TEXT = 20_000
QUERIES = ("log", "trends")
"""Streaming's; each has a status of its own."""
STUCK_S = 120.0
"""A query that has been behind for so long, and has committed no batch, will not by itself."""

ByPartition = dict[int, int]
ByPartitionAndBucket = dict[tuple[int, int], int]
_KEYS: dict[object, int] = {ByPartition: 1, ByPartitionAndBucket: 2}
"""How many numbers follow the name of a count's field."""
_LARGEST_KEYS = (999_999_999, 999)
"""A partition, and a bucket of `contracts.latency_histogram`."""


class ProcessStatus(msgspec.Struct, frozen=True):
    """What every process says: when it last wrote; None if it never did."""

    process: ClassVar[str]
    heartbeat_ms: int | None = None


class StreamingStatus(ProcessStatus, frozen=True):
    """Streaming's.

    Attributes:
        landed: records in the event log.
        behind: records that the event log lacks.
        trends_behind: records that the trends lack.
        starts: of the job, on this checkpoint.
        metrics: address of its metrics; empty if they are not served.
    """

    process: ClassVar[str] = "streaming"
    landed: int | None = None
    behind: int | None = None
    trends_behind: int | None = None
    starts: int | None = None
    metrics: str = ""


class SpeedStatus(ProcessStatus, frozen=True):
    """A worker's of the speed layer, or what all workers count together.

    Attributes:
        metrics: address of a worker's metrics; empty if they are not served.
        damaged: values that a worker has found damaged, by their keys.
        behind: records that a worker has not read yet, in each partition that it holds.
        fresh: of all workers, events by partition and bucket of the time from append to readable.
    """

    process: ClassVar[str] = "speed"
    metrics: str = ""
    damaged: str = ""
    behind: ByPartition = {}
    fresh: ByPartitionAndBucket = {}

    @property
    def records_behind(self) -> int | None:
        """Records not read yet in all partitions; None if no partition is known."""
        return sum(self.behind.values()) if self.behind else None

    def joined(self, worker: "SpeedStatus") -> "SpeedStatus":
        """This, and what a worker says; the worker is believed where both say something."""
        return SpeedStatus(
            self.heartbeat_ms if worker.heartbeat_ms is None else worker.heartbeat_ms,
            worker.metrics,
            worker.damaged,
            self.behind | worker.behind,
            self.fresh | worker.fresh,
        )


class BatchStatus(ProcessStatus, frozen=True):
    """The batch worker's; `training` is the step it is at, empty while it does not train."""

    process: ClassVar[str] = "batch"
    training: str = ""


class ApiStatus(ProcessStatus, frozen=True):
    """The API's.

    Attributes:
        accepted: ratings that Kafka has acknowledged, also before a restart.
        damaged: a value that was found damaged, by its key.
        trouble: why ratings cannot be written.
    """

    process: ClassVar[str] = "api"
    accepted: int = 0
    damaged: str = ""
    trouble: str = ""


class QueryStatus(msgspec.Struct, frozen=True):
    """A query's of streaming; what it has not told yet is None.

    Attributes:
        progressed_ms: when it last committed a batch, or had nothing left to read.
        behind: records not read yet.
        batch: the last committed one, and its end, rows and duration in the next three.
        watermark_ms: of trends alone, as is the rest.
        state_bytes: that the state takes in memory.
    """

    name: str
    progressed_ms: int
    behind: int
    batch: int | None = None
    committed_ms: int | None = None
    rows: int | None = None
    duration_ms: int | None = None
    watermark_ms: int | None = None
    state_rows: int | None = None
    state_bytes: int | None = None

    def followed_by(self, later: "QueryStatus") -> "QueryStatus":
        """What it told later; where that is None, what it told before."""
        told = {k: v for k, v in msgspec.structs.asdict(later).items() if v is not None}
        return msgspec.structs.replace(self, **told)

    def stands_s(self, now_ms: int) -> float:
        """Seconds since its last progress."""
        return max(0.0, (now_ms - self.progressed_ms) / 1000)


P = TypeVar("P", bound=ProcessStatus)
S = TypeVar("S", bound=msgspec.Struct)


def encode(status: msgspec.Struct) -> dict[str, str | int]:
    """The fields of the hash; what is empty or not known has none."""
    return dict(_fields(status))


def decode(kind: type[S], stored: Mapping[bytes, bytes]) -> S:
    """The inverse of `encode`; fields of other versions are ignored.

    Raises:
        CorruptValue: if a field is damaged, or one that must be there is not.
    """
    types = {one.name: one.type for one in msgspec.structs.fields(kind)}
    found: dict[str, Any] = {}
    for encoded, value in stored.items():
        first, *keys = encoded.split(b":")
        name = first.decode(errors="replace")
        if name not in types or len(keys) != _KEYS.get(types[name], 0):
            continue
        if keys:
            found.setdefault(name, {})[_key(keys)] = whole_number(value)
        else:
            found[name] = text(value, LONGEST_TEXT) if types[name] is str else whole_number(value)
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        raise CorruptValue(str(error)) from error


def _fields(status: msgspec.Struct) -> Iterator[tuple[str, str | int]]:
    for name, value in msgspec.structs.asdict(status).items():
        if isinstance(value, dict):
            for key, count in value.items():
                keys = key if isinstance(key, tuple) else (key,)
                yield ":".join([name, *map(str, keys)]), count
        elif value not in (None, ""):
            yield name, value


def _key(keys: list[bytes]) -> int | tuple[int, ...]:
    numbers = [whole_number(k, 0, most) for k, most in zip(keys, _LARGEST_KEYS, strict=False)]
    return numbers[0] if len(numbers) == 1 else tuple(numbers)

"""The status of a running system, as it is printed and given to scripts."""

import msgspec

from reelstream.run_summary import Milliseconds


class ProcessStatus(msgspec.Struct, frozen=True):
    """One process; what is unknown is None."""

    name: str
    running: bool
    pid: int | None = None
    up_s: int | None = None
    restarts: int | None = None
    resident_mb: int | None = None
    spoke_s_ago: float | None = None


class WorkerStatus(msgspec.Struct, frozen=True):
    """A worker of the speed layer, on whichever machine it runs, and the partitions it holds."""

    worker: str
    partitions: list[int]
    behind: int
    spoke_s_ago: float


class QueryProgress(msgspec.Struct, frozen=True):
    """A streaming query: its last committed batch, and the time since its last progress."""

    name: str
    behind: int
    batch: int | None
    rows: int | None
    duration_ms: int | None
    committed_s_ago: float | None
    stands_s: float


class LiveQuality(msgspec.Struct, frozen=True):
    """Of first-time likes, how many were among the first ten of the list before it learned them.

    Only likes more than a minute after the person's last rating count: within a minute people rate
    what stands next on a page, whatever their list is.

    Attributes:
        likes: that were scored since the speed layer's positions began.
        live: share that the lists had which people saw; None before any like.
        frozen: share that these had as they were published.
        popular: share that was among the most liked ones.
    """

    likes: int
    live: float | None
    frozen: float | None
    popular: float | None


class Status(msgspec.Struct, frozen=True):
    """Everything at one moment; with `--json` one object.

    Attributes:
        address: of the page.
        records: in the topic `ratings`; None if Kafka does not answer.
        behind: records not yet in lists (speed), in the event log, in the trends.
        workers: of the speed layer.
        queries: of streaming.
        metrics: addresses of metrics by process.
        quality: of the lists, while they live.
        model_held: whether an operator holds it: no retrain activates another.
        wrong: what an operator should look at, in words; empty if all is well.
    """

    address: str
    processes: list[ProcessStatus]
    records: int | None
    applied: int
    no_effect: int
    rejected: int
    behind: dict[str, int | None]
    workers: list[WorkerStatus]
    queries: list[QueryProgress]
    metrics: dict[str, str]
    freshness_ms: Milliseconds
    quality: LiveQuality
    model_version: int | None
    model_age_s: int | None
    model_held: bool
    resident_mb: int
    wrong: list[str]

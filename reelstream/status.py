"""How a running system does: its processes, how far they are, what the reader gets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec
import psutil

from contracts.settings import Settings
from contracts.store.status import STUCK_S, QueryStatus
from reelstream.running import Running
from reelstream.summary import Milliseconds, behind, freshness
from reelstream.supervisor import Process, resident_mb
from reelstream.watch import SPEAKING, View, Watch

SPEAKS_WITHIN_S = 15.0
"""A process that has said nothing for so long is stuck."""
GETS_ON_WITHIN_S = STUCK_S / 2
"""A query that has been behind for so long without a batch is not well."""


class ProcessStatus(msgspec.Struct, frozen=True):
    """One process; what is not known of it is None."""

    name: str
    running: bool
    pid: int | None = None
    up_s: int | None = None
    restarts: int | None = None
    resident_mb: int | None = None
    spoke_s_ago: float | None = None


class QueryProgress(msgspec.Struct, frozen=True):
    """A query of streaming: its last committed batch, and since when it has not got any further."""

    name: str
    behind: int
    batch: int | None
    rows: int | None
    duration_ms: int | None
    committed_s_ago: float | None
    stands_s: float


class LiveQuality(msgspec.Struct, frozen=True):
    """Of first-time likes, how many were among the first ten of the list before it learned them.

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
        queries: of streaming.
        metrics: addresses of metrics by process.
        quality: of the lists, while they live.
        wrong: what an operator should look at, in words; empty if all is well.
    """

    address: str
    processes: list[ProcessStatus]
    records: int | None
    applied: int
    no_effect: int
    rejected: int
    behind: dict[str, int | None]
    queries: list[QueryProgress]
    metrics: dict[str, str]
    freshness_ms: Milliseconds
    quality: LiveQuality
    model_version: int | None
    model_age_s: int | None
    resident_mb: int
    wrong: list[str]


@dataclass
class Observer:
    """Looks at one system, as often as asked."""

    settings: Settings
    processes: list[Process]
    now_ms: int

    def status(self) -> Status:
        """How it does now."""
        watch = Watch(self.settings)
        view, ends = watch.view(), watch.topic_ends()
        processes = self._processes(view)
        position, active = view.position, view.active
        return Status(
            address=f"http://{self.settings.api_host}:{self.settings.api_port}/",
            processes=processes,
            records=sum(ends.values()) if ends else None,
            applied=position.applied,
            no_effect=position.no_effect,
            rejected=sum(position.rejected.values()),
            behind=_behind(view),
            queries=[self._query(one) for one in view.queries],
            metrics={n: said["metrics"] for n, said in view.said.items() if said.get("metrics")},
            freshness_ms=freshness(view.said["speed"]),
            quality=_quality(position.judged),
            model_version=active.version if active else None,
            model_age_s=self._age_s(active.activated_at_ms) if active else None,
            resident_mb=sum(one.resident_mb or 0 for one in processes),
            wrong=[
                *_silent(view, ends),
                *_down(processes),
                *_stuck(processes, view),
                *self._standing(view.queries),
            ],
        )

    def _processes(self, view: View) -> list[ProcessStatus]:
        """What this machine runs; of a system that runs elsewhere, what its processes say."""
        if self.processes:
            return [self._own(one, view) for one in self.processes]
        return [self._other(name, view) for name in SPEAKING]

    def _own(self, one: Process, view: View) -> ProcessStatus:
        resident = _resident_mb(one.pid)
        return ProcessStatus(
            name=one.name,
            running=resident is not None,
            pid=one.pid,
            up_s=self._age_s(one.started_ms),
            restarts=one.restarts,
            resident_mb=resident,
            spoke_s_ago=self._spoke_s_ago(one.name, view),
        )

    def _other(self, name: str, view: View) -> ProcessStatus:
        spoke = self._spoke_s_ago(name, view)
        return ProcessStatus(name, running=spoke is not None, spoke_s_ago=spoke)

    def _spoke_s_ago(self, name: str, view: View) -> float | None:
        spoke = view.said.get(name, {}).get("heartbeat_ms")
        return None if spoke is None else max(0.0, round((self.now_ms - int(spoke)) / 1000, 1))

    def _query(self, one: QueryStatus) -> QueryProgress:
        ago = None if one.committed_ms is None else (self.now_ms - one.committed_ms) / 1000
        return QueryProgress(
            name=one.name,
            behind=one.behind,
            batch=one.batch,
            rows=one.rows,
            duration_ms=one.duration_ms,
            committed_s_ago=None if ago is None else max(0.0, round(ago, 1)),
            stands_s=round(one.stands_s(self.now_ms), 1),
        )

    def _standing(self, queries: Iterable[QueryStatus]) -> list[str]:
        """Queries that are behind and do not get on."""
        stand = [(one, one.stands_s(self.now_ms)) for one in queries if one.behind]
        return [
            f"query {one.name} of streaming has got no further for {stands_s:.0f} s"
            for one, stands_s in stand
            if stands_s > GETS_ON_WITHIN_S
        ]

    def _age_s(self, since_ms: int) -> int:
        return max(0, (self.now_ms - since_ms) // 1000)


def observer(running: Running | None, settings: Settings, now_ms: int) -> Observer:
    """An observer of what runs on this machine, else of what the settings point at."""
    if running is None:
        return Observer(settings, [], now_ms)
    return Observer(Settings.model_validate(running.settings), running.processes, now_ms)


def _behind(view: View) -> dict[str, int | None]:
    streaming = view.said["streaming"]
    return {
        "lists": behind(view.said["speed"]),
        "log": _count(streaming, "behind"),
        "trends": _count(streaming, "trends_behind"),
    }


def _count(said: Mapping[str, str], name: str) -> int | None:
    return int(said[name]) if name in said else None


def _silent(view: View, ends: Mapping[int, int]) -> list[str]:
    silent = {"Redis": view.looked, "Kafka": bool(ends)}
    return [f"{name} does not answer" for name, answers in silent.items() if not answers]


def _down(processes: list[ProcessStatus]) -> list[str]:
    return [f"{one.name} is not running" for one in processes if not one.running]


def _stuck(processes: list[ProcessStatus], view: View) -> list[str]:
    """Processes that run and do not speak; the trainer does not while it trains."""
    training = bool(view.said["batch"].get("training"))
    return [
        f"{one.name} has said nothing for {one.spoke_s_ago:.0f} s"
        for one in processes
        if one.running and (one.spoke_s_ago or 0) > SPEAKS_WITHIN_S
        if not (one.name == "batch" and training)
    ]


def _resident_mb(pid: int | None) -> int | None:
    """Memory of a process and what it started; None if it does not run."""
    try:
        return None if pid is None else resident_mb(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return None


def _quality(judged: Mapping[str, int]) -> LiveQuality:
    likes = judged.get("likes", 0)

    def share(name: str) -> float | None:
        return round(judged.get(name, 0) / likes, 4) if likes else None

    return LiveQuality(likes, share("live"), share("frozen"), share("popular"))

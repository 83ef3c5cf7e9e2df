"""Looks at a running system: its processes, their progress, what readers get."""

from collections.abc import Mapping
from dataclasses import dataclass

import psutil

from contracts.process_status import QueryStatus, SpeedStatus
from contracts.run_record import Process, Running
from contracts.settings import Settings
from redis_store.status import id_of
from reelstream.run_summary import freshness
from reelstream.status_problems import Looked, problems
from reelstream.status_types import LiveQuality, ProcessStatus, QueryProgress, Status, WorkerStatus
from reelstream.supervisor import resident_mb
from reelstream.system_probe import SystemProbe, View


@dataclass
class Observer:
    """Looks at one system, as often as asked."""

    settings: Settings
    processes: list[Process]
    now_ms: int

    def status(self) -> Status:
        """The status now."""
        probe = SystemProbe(self.settings)
        view, ends, rest = probe.view(), probe.topic_ends(), probe.rest(self.now_ms // 1000)
        processes = self._processes(view)
        workers = [self._worker(*one) for one in view.workers.items()]
        looked = Looked(self.settings, view, ends, rest, processes, workers)
        position, active = view.position, view.active
        return Status(
            address=f"{self.settings.page}/",
            processes=processes,
            records=sum(ends.values()) if ends else None,
            applied=position.applied,
            no_effect=position.no_effect,
            rejected=sum(position.rejected.values()),
            behind=_behind(view),
            workers=workers,
            queries=[self._query(one) for one in view.queries],
            metrics=_metrics(view),
            freshness_ms=freshness(view.speed),
            quality=_quality(position.judged),
            model_version=active.version if active else None,
            model_age_s=self._age_s(active.activated_at_ms) if active else None,
            model_held=active is not None and active.held,
            resident_mb=sum(one.resident_mb or 0 for one in processes),
            wrong=problems(looked, probe.refusal(), self._own_workers(), self.now_ms),
        )

    def _processes(self, view: View) -> list[ProcessStatus]:
        """What this machine runs; of a system that runs elsewhere, what its processes say."""
        if self.processes:
            return [self._own(one, view) for one in self.processes]
        return [self._other(name, view) for name in view.processes]

    def _own(self, one: Process, view: View) -> ProcessStatus:
        resident = _resident_mb(one.pid)
        return ProcessStatus(
            name=one.name,
            running=resident is not None,
            pid=one.pid,
            up_s=self._age_s(one.started_ms),
            restarts=one.restarts,
            resident_mb=resident,
            spoke_s_ago=self._spoke_s_ago(one.name, one.pid, view),
        )

    def _other(self, name: str, view: View) -> ProcessStatus:
        spoke = self._spoke_s_ago(name, None, view)
        return ProcessStatus(name, running=spoke is not None, spoke_s_ago=spoke)

    def _worker(self, worker: str, said: SpeedStatus) -> WorkerStatus:
        ago_s = self._ago_s(said.heartbeat_ms or 0)
        return WorkerStatus(worker, sorted(said.behind), said.records_behind or 0, ago_s)

    def _own_workers(self) -> set[str]:
        """The speed layer's workers that are among the processes shown."""
        return {id_of(one.pid) for one in self.processes if one.pid is not None}

    def _spoke_s_ago(self, name: str, pid: int | None, view: View) -> float | None:
        own = view.workers.get(id_of(pid)) if pid is not None and name == "speed" else None
        said = own or view.processes.get(name)
        return None if said is None or said.heartbeat_ms is None else self._ago_s(said.heartbeat_ms)

    def _ago_s(self, at_ms: int) -> float:
        return max(0.0, round((self.now_ms - at_ms) / 1000, 1))

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

    def _age_s(self, since_ms: int) -> int:
        return max(0, (self.now_ms - since_ms) // 1000)


def observer(settings: Settings, running: Running | None, now_ms: int) -> Observer:
    """An observer of what these settings point at, and of the run's processes on this machine."""
    return Observer(settings, running.processes if running else [], now_ms)


def _behind(view: View) -> dict[str, int | None]:
    return {
        "lists": view.speed.records_behind,
        "log": view.streaming.behind,
        "trends": view.streaming.trends_behind,
    }


def _metrics(view: View) -> dict[str, str]:
    """Where each process serves its metrics, each worker of the speed layer too."""
    told = {"streaming": view.streaming.metrics}
    if len(view.workers) == 1:
        told["speed"] = view.speed.metrics
    else:
        told |= {f"speed {name}": said.metrics for name, said in view.workers.items()}
    return {name: address for name, address in told.items() if address}


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

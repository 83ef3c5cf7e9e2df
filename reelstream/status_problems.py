"""What an operator should look at, in words: the part `wrong` of a status."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from contracts.artefact import finished
from contracts.process_status import STUCK_S, QueryStatus
from contracts.settings import Settings
from reelstream.status_types import ProcessStatus, WorkerStatus
from reelstream.system_probe import Rest, View

SPEAKS_WITHIN_S = 15.0
"""A process that has not reported for this long is stuck."""
GETS_ON_WITHIN_S = STUCK_S / 2
"""A query that has been behind for this long without a batch is stuck."""


class Looked(NamedTuple):
    """What was found in one look.

    Attributes:
        settings: where it was looked.
        view: of the store.
        ends: of the topic's partitions; empty if Kafka does not answer.
        rest: of the store.
        processes: that are shown.
        workers: of the speed layer.
    """

    settings: Settings
    view: View
    ends: Mapping[int, int]
    rest: Rest
    processes: list[ProcessStatus]
    workers: list[WorkerStatus]


def problems(looked: Looked, refusal: str | None, own_workers: set[str], now_ms: int) -> list[str]:
    """Everything that is wrong; nothing if all is well.

    Args:
        looked: what was found.
        refusal: why Redis takes nothing.
        own_workers: of the speed layer, that are among the processes.
        now_ms: the wall clock.
    """
    settings, view, ends, rest, processes, workers = looked
    return [
        *_silent(view, ends),
        *filter(None, [refusal]),
        *_down(processes),
        *_stuck(processes, view),
        *_silent_workers(workers, own_workers),
        *_damaged(view, rest),
        *_missing(view, ends, settings),
        *_lost(view, rest, ends, settings),
        *_unwritten(view),
        *_standing(view.queries, now_ms),
    ]


def _damaged(view: View, rest: Rest) -> list[str]:
    """What could not be read, here or by a process, by its key."""
    told = [*(said.damaged for said in view.workers.values()), view.api.damaged]
    found = dict.fromkeys([*view.damaged, *rest.damaged, *filter(None, told)])
    return [f"damaged: {one}" for one in found]


def _missing(view: View, ends: Mapping[int, int], settings: Settings) -> list[str]:
    """Positions and the pointer, where Redis ought to have them."""
    missing = [
        f"partition {p} has no position in Redis: the speed layer loads it again"
        for p in view.unplaced
        if ends.get(p)
    ]
    if view.looked and view.active is None and finished(settings.artefacts):
        missing.append("no version is active in Redis: the batch worker activates the last again")
    return missing


def _lost(view: View, rest: Rest, ends: Mapping[int, int], settings: Settings) -> list[str]:
    """The catalogue and the trends, where Redis ought to have them."""
    spoke = view.streaming.heartbeat_ms is not None
    lost = {
        "catalogue": settings.catalogue.is_file() and not rest.has_catalogue,
        "trends": spoke and any(ends.values()) and not rest.has_trends,
    }
    return [
        f"no {name} in Redis: write it with `reelstream rebuild`"
        for name, is_so in lost.items()
        if is_so
    ]


def _silent(view: View, ends: Mapping[int, int]) -> list[str]:
    silent = {"Redis": view.looked, "Kafka": bool(ends)}
    return [f"{name} does not answer" for name, answers in silent.items() if not answers]


def _down(processes: list[ProcessStatus]) -> list[str]:
    return [f"{one.name} is not running" for one in processes if not one.running]


def _stuck(processes: list[ProcessStatus], view: View) -> list[str]:
    """Processes that run but do not report; the trainer does not while it trains."""
    training = bool(view.batch.training)
    return [
        f"{one.name} has not reported for {one.spoke_s_ago:.0f} s"
        for one in processes
        if one.running and (one.spoke_s_ago or 0) > SPEAKS_WITHIN_S
        if not (one.name == "batch" and training)
    ]


def _unwritten(view: View) -> list[str]:
    """Why the API accepts no ratings, as it reports itself."""
    return [f"api {view.api.trouble}"] if view.api.trouble else []


def _silent_workers(workers: Iterable[WorkerStatus], own: set[str]) -> list[str]:
    """Workers that have stopped reporting, except those that are told of as processes."""
    return [
        f"speed worker {one.worker} has not reported for {one.spoke_s_ago:.0f} s"
        for one in workers
        if one.spoke_s_ago > SPEAKS_WITHIN_S and one.worker not in own
    ]


def _standing(queries: Iterable[QueryStatus], now_ms: int) -> list[str]:
    """Queries that are behind and make no progress."""
    stand = [(one, one.stands_s(now_ms)) for one in queries if one.behind]
    return [
        f"query {one.name} of streaming has made no progress for {stands_s:.0f} s"
        for one, stands_s in stand
        if stands_s > GETS_ON_WITHIN_S
    ]

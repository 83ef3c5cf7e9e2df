"""Named points of the streaming job at which it can be killed, without a hook in its code.

A folder that holds this file as `sitecustomize.py`, at the head of a job's PYTHONPATH, is the
trigger: every Python of that job, Spark's workers too, wraps the functions named below as soon as
their modules are imported. A file in the folder, named like a point, arms it; the first process to
get there takes the file away, and is killed with SIGKILL: alone, or with its group (the driver's
holds its Java) if the file says so.

Imports nothing but the standard library.
"""

import functools
import os
import shutil
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

HERE = Path(__file__).parent
ALONE, GROUP, TOLD = "alone", "group", "told to stop"
HIT = ".hit"
SMALL_CHUNK = 20
"""Fields in one transaction, so that a batch of live ratings has buckets of several."""


class When(Enum):
    """On which side of a function's call a point lies."""

    before = auto()
    after = auto()


class CrashPoint(NamedTuple):
    """A function, a side of its call, and which of its calls are meant."""

    module: str
    function: str
    when: When
    meant: Callable[..., bool] = lambda *_, **__: True


def _onto(end: str) -> Callable[..., bool]:
    return lambda _, target, **__: str(target).endswith(end)


def _same_key_again() -> Callable[..., bool]:
    """A transaction on the key of the one before it: the next chunk of a bucket."""
    last: list[object] = [None]

    def meant(pipeline: Any, *_: object, **__: object) -> bool:
        key = pipeline.command_stack[0][0][1] if pipeline.command_stack else None
        last.append(key)
        return last.pop(0) == key and key is not None

    return meant


WORKER: dict[str, CrashPoint] = {
    "before landing": CrashPoint("event_log", "land", When.before),
    "file written, not renamed": CrashPoint("os", "replace", When.before, _onto(".parquet")),
    "file renamed": CrashPoint("os", "replace", When.after, _onto(".parquet")),
}
BATCH: dict[str, CrashPoint] = {
    "before the buckets": CrashPoint("redis_store.trends", "TrendStore.write", When.before),
    "between chunks of a bucket": CrashPoint(
        "redis.client", "Pipeline.execute", When.before, _same_key_again()
    ),
    "between buckets and offsets": CrashPoint(
        "redis_store.trends", "TrendStore.mark_reflected", When.before
    ),
    "between offsets and commit": CrashPoint(
        "redis_store.trends", "TrendStore.mark_reflected", When.after
    ),
    "between commit and side file": CrashPoint("streaming.checkpoint_guard", "write", When.before),
    "small files merged": CrashPoint("streaming.log_compaction", "merge", When.after),
    "side file written, not renamed": CrashPoint(
        "os", "replace", When.before, _onto("streaming.json")
    ),
    "side file renamed": CrashPoint("os", "replace", When.after, _onto("streaming.json")),
}
START: dict[str, CrashPoint] = {
    "before the session": CrashPoint("contracts.spark_session", "session", When.before),
    "session there, its Java not noted": CrashPoint(
        "contracts.spark_session", "java_of", When.before
    ),
    "one query started": CrashPoint("streaming.trends_query", "start", When.before),
    "recovering": CrashPoint("streaming.trends_query", "start", When.after),
}
POINTS = WORKER | BATCH | START
CONSTANTS = {"redis_store.trends": {"CHUNK": SMALL_CHUNK}}


def planted(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a job that these points, and the files of this folder, are for."""
    folder.mkdir(parents=True)
    shutil.copy(__file__, folder / "sitecustomize.py")
    contracts = HERE.parents[1] / "contracts"
    (folder / contracts.name).symlink_to(contracts)  # so that Reelstream hands the folder on
    return dict(environment) | {"PYTHONPATH": str(folder)}


def arm(folder: Path, point: str, victim: str) -> None:
    """Have the next process that gets to a point killed, alone or with its group, or told."""
    (folder / f"{point}.new").write_text(victim)
    (folder / f"{point}.new").rename(folder / point)


def is_hit(folder: Path, point: str) -> bool:
    """Whether somebody was killed there; to be asked until it is so, then it is forgotten."""
    hit = (folder / f"{point}{HIT}").exists()
    if hit:
        (folder / f"{point}{HIT}").unlink()
    return hit


class _Finder(MetaPathFinder):
    """Finds the modules named above as Python does, and wraps their functions once they run."""

    def __init__(self, modules: set[str]) -> None:
        self._modules = modules

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name in self._modules else None
        if spec is None or spec.loader is None:
            return None
        run: Callable[[ModuleType], None] = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            run(module)
            _wrap_in(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _wrap_in(module: ModuleType) -> None:
    for name, value in CONSTANTS.get(module.__name__, {}).items():
        getattr(module, name)  # a constant that is gone must not be invented
        setattr(module, name, value)
    for point, place in POINTS.items():
        if place.module == module.__name__:
            owner_name, _, function = place.function.rpartition(".")
            owner = getattr(module, owner_name) if owner_name else module
            setattr(owner, function, _wrapped(getattr(owner, function), point, place))


def _wrapped(function: Callable[..., Any], point: str, place: CrashPoint) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        meant = place.meant(*args, **kwargs)
        if meant and place.when is When.before:
            _end_here_if_armed(point)
        result = function(*args, **kwargs)
        if meant and place.when is When.after:
            _end_here_if_armed(point)
        return result

    return wrapped


def _end_here_if_armed(point: str, rename: Callable[..., None] = os.rename) -> None:
    hit = HERE / f"{point}{HIT}"
    try:
        rename(HERE / point, hit)
    except FileNotFoundError:
        return
    victim = hit.read_text()
    if victim == GROUP:
        os.killpg(0, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGTERM if victim == TOLD else signal.SIGKILL)


if __name__ == "sitecustomize":
    _wrap_in(os)
    sys.meta_path.insert(0, _Finder({place.module for place in POINTS.values()}))

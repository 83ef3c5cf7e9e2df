"""A demo whose processes are killed, and what it and the checker say of its counts at the end."""

import json
import random
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from contracts.clock import now_ms
from contracts.run_record import Running, what_runs
from contracts.settings import Settings, child_environment
from harness.checker.actual_state import found_in
from harness.checker.compare_states import violations
from harness.checker.expected_state import genres_of, truth_of
from harness.checker.topic_dump import dump
from harness.reelstream.command_runner import reelstream
from harness.reelstream.process_restarter import until
from reelstream.ports import free_port
from reelstream.system_probe import SystemProbe

CHILDREN = ("redis", "kafka", "api", "streaming", "speed", "batch")
PRODUCERS = ("history", "live")
ALL = "all at once"
JAVA_OF = {"Java of streaming": "streaming", "Java of batch": "batch"}
KINDS = (*CHILDREN, *JAVA_OF, ALL, ALL)
RECOVERED_WITHIN_S = 60
REPLAYED_WITHIN_S, ENDED_WITHIN_S = 400, 60
PAUSE_S = 3.0
LOOK_EVERY_S = 0.2

recovered = partial(until, within_s=RECOVERED_WITHIN_S, every_s=LOOK_EVERY_S)


class Verdict(NamedTuple):
    """The demo's own summary, and what the checker says, if it was asked."""

    summary: dict[str, Any]
    said: list[str]


@dataclass
class Rig:
    """A demo that runs in a folder of its own.

    Attributes:
        whole: wait until all is replayed, and have the checker judge, which needs a topic that
            stands still; otherwise the end is as soon as the live ratings flow.
    """

    process: "subprocess.Popen[str]"
    state: Path
    data: Path
    chance: random.Random
    whole: bool

    def after(self, name: str) -> float:
        """Kill, and wait until all of it runs, speaks and lets a rating through; seconds it took.

        Raises:
            NotBack: if it is not back in time.
        """
        time.sleep(self.chance.uniform(0, PAUSE_S))
        recovered(lambda: bool(victims(self.pids(), name)), f"to be killed: {name}")
        before, at_ms, began = self.pids(), now_ms(), time.monotonic()
        producers = self.producers() if name == ALL else []
        for victim in [*victims(before, name), *producers]:
            victim.kill()
        children = CHILDREN if name == ALL else (JAVA_OF.get(name, name),)
        recovered(lambda: self._is_back(children, before, at_ms), f"back: {name}")
        return time.monotonic() - began

    def verdict(self) -> Verdict:
        """Wait until the demo has caught up, judge, and end it."""
        message = "replay finished" if self.whole else "replaying the rest live"
        recovered(lambda: message in self.said(), message, within_s=REPLAYED_WITHIN_S)
        recovered(lambda: caught_up(self.settings), "caught up")
        found = self._judged() if self.whole else []
        self.process.send_signal(signal.SIGINT)
        said, _ = self.process.communicate(timeout=ENDED_WITHIN_S)
        return Verdict(dict(json.loads(said.splitlines()[-1])), found)

    @property
    def running(self) -> Running | None:
        """What it says of itself; None before it has said anything."""
        return what_runs(self.state) if self.process.poll() is None else None

    @property
    def settings(self) -> Settings:
        """Where its services are."""
        assert self.running
        return Settings.model_validate(self.running.settings)

    def pids(self) -> dict[str, int]:
        """Numbers of its processes that run now."""
        processes = self.running.processes if self.running else []
        return {one.name: one.pid for one in processes if one.pid and one.name in CHILDREN}

    def producers(self) -> list[psutil.Process]:
        """Those that replay now."""
        processes = self.running.processes if self.running else []
        return [psutil.Process(p.pid) for p in processes if p.pid and p.name in PRODUCERS]

    def said(self) -> str:
        """What the page shows below the checklist."""
        return str(json.loads((self.state / "demo" / "progress.json").read_bytes())["message"])

    def _is_back(self, names: tuple[str, ...], before: dict[str, int], at_ms: int) -> bool:
        """Whether these run under new numbers, have spoken since, and a rating gets through."""
        now = self.pids()
        if not all(now.get(name, before[name]) != before[name] for name in names):
            return False
        said = SystemProbe(self.settings).view().processes
        spoke = [said[name].heartbeat_ms or 0 for name in names if name in said]
        return all(one > at_ms for one in spoke) and rated_visibly(self.settings.api_port)

    def _judged(self) -> list[str]:
        """What the checker finds, from a dump of the topic."""
        settings = self.settings
        rows = dump(settings.kafka, settings.topics.ratings)
        state = found_in(settings.redis_url, settings.key_prefix, Path(settings.log_address))
        return violations(truth_of(rows, settings.partitions, genres_of(self.data)), state)


@contextmanager
def rig(state: Path, data: Path, chance: random.Random, whole: bool) -> Iterator[Rig]:
    """A demo on a free port, all of it running; ended at the end, whatever happened."""
    variables = {"REELSTREAM_STATE": str(state), "REELSTREAM_API_PORT": str(free_port())}
    with (state / "said").open("w") as errors:
        process = subprocess.Popen(
            reelstream("demo", "--json", "--data", str(data)),
            env=child_environment(variables),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    with process:
        try:
            one = Rig(process, state, data, chance, whole)
            recovered(lambda: len(one.pids()) == len(CHILDREN), "started")
            yield one
        finally:
            process.terminate()


def rated_visibly(api_port: int) -> bool:
    """Whether a rating gets through everything: API, Kafka, speed layer, Redis."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{api_port}/users/1/ratings?wait=visible",
        json.dumps({"movie_id": 1, "rating": random.choice([1, 3, 5])}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return bool(json.load(answer)["visible"])
    except (OSError, HTTPException):
        return False


def victims(pids: dict[str, int], name: str) -> list[psutil.Process]:
    """The processes to kill."""
    if name == ALL:
        return [psutil.Process(pid) for pid in pids.values()]
    if name not in JAVA_OF:
        return [psutil.Process(pids[name])]
    below = psutil.Process(pids[JAVA_OF[name]]).children(recursive=True)
    return [one for one in below if one.name() == "java"]


def caught_up(settings: Settings) -> bool:
    """Whether lists, log and trends reflect all of the topic."""
    probe = SystemProbe(settings)
    view, records = probe.view(), sum(probe.topic_ends().values())
    landed, behind = view.streaming.landed, view.streaming.trends_behind
    return view.position.counted == records and (landed, behind) == (records, 0)

"""What SIGKILL does to a demo: `python -m bench.kills`.

Kills the processes of a running demo, one after another and all at once, and now and then the Java
below one of them; measures how long each takes to be back, and looks at the end whether the counts
are exact: by the demo's own summary, and by the checker, which shares no code with what it checks.
The order is shuffled by a seed. Twenty rounds; `--quick` is two, during the start.
"""

import json
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer

from bench.figures import Figure, at_most, save, show
from contracts.clock import now_ms
from contracts.settings import Settings, child_environment, from_environment
from reelstream.data import find
from reelstream.ports import free_port
from reelstream.running import Running, what_runs
from reelstream.watch import SPEAKING, Watch
from tests.checker.dump import dump
from tests.checker.found import found_in
from tests.checker.law import violations
from tests.checker.truth import genres_of, truth_of

CHILDREN = ("redis", "kafka", "api", "streaming", "speed", "batch")
PRODUCERS = ("history", "live")
ALL = "all at once"
JAVA_OF = {"Java of streaming": "streaming", "Java of batch": "batch"}
ROUNDS = [*CHILDREN, *JAVA_OF, ALL, ALL] * 2
QUICK_ROUNDS = ["kafka", ALL]
RECOVERED_WITHIN_S = 60
REPLAYED_WITHIN_S = 400
PAUSE_S = 3.0
LOOK_EVERY_S = 0.2


class NotRecovered(RuntimeError):
    """A demo that was not there again in time; says which round."""


@dataclass
class Demo:
    """A demo that runs in a folder of its own."""

    process: "subprocess.Popen[str]"
    state: Path
    data: Path

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

    def rated_visibly(self) -> bool:
        """Whether a rating gets through everything: API, Kafka, speed layer, Redis."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.settings.api_port}/users/1/ratings?wait=visible",
            json.dumps({"movie_id": 1, "rating": random.choice([1, 3, 5])}).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return bool(json.load(answer)["visible"])
        except (OSError, HTTPException):
            return False

    def said(self) -> str:
        """What the page shows below the checklist."""
        return str(json.loads((self.state / "demo" / "progress.json").read_bytes())["message"])


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Two rounds, about a minute.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print rows as JSON.")] = False,
    keep: Annotated[bool, typer.Option("--save", help="Keep the run in bench/results.")] = False,
    seed: Annotated[int, typer.Option(help="Of the order and the pauses.")] = 4,
) -> None:
    """Kill the demo's processes, and measure how it comes back."""
    rows = figures(*run(quick, seed))
    show(rows, as_json)
    if keep:
        save("kills", rows)
    if not all(row.met in {True, None} for row in rows):
        raise typer.Exit(1)


def run(quick: bool, seed: int) -> tuple[dict[str, list[float]], list[str] | None, dict[str, Any]]:
    """Seconds to recover by what was killed, the checker's findings, and the demo's summary.

    A quick run ends before the replay does, and the checker needs a topic that stands still.
    """
    chance = random.Random(seed)
    rounds = QUICK_ROUNDS if quick else chance.sample(ROUNDS, len(ROUNDS))
    took: dict[str, list[float]] = {}
    found: list[str] | None = None
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as running:
        until(lambda: len(running.pids()) == len(CHILDREN), RECOVERED_WITHIN_S, "started")
        for number, name in enumerate(rounds, 1):
            time.sleep(chance.uniform(0, PAUSE_S))
            seconds = killed_and_back(running, name)
            took.setdefault(name, []).append(seconds)
            sys.stderr.write(f"{number:2d}/{len(rounds)} {name}: back after {seconds:.1f} s\n")
        message = "replayed live" if quick else "finished"
        until(lambda: message in running.said(), REPLAYED_WITHIN_S, message)
        until(lambda: caught_up(running.settings), RECOVERED_WITHIN_S, "caught up")
        if not quick:
            found = judged(running)
        running.process.send_signal(signal.SIGINT)
        said, _ = running.process.communicate(timeout=60)
    return took, found, dict(json.loads(said.splitlines()[-1]))


def figures(
    took: dict[str, list[float]], found: list[str] | None, summary: dict[str, Any]
) -> list[Figure]:
    """The slowest and the median return, and what is wrong at the end."""
    every = [seconds for some in took.values() for seconds in some]
    counted = summary["applied"] + summary["no_effect"] - summary["repeated"]
    checked = [] if found is None else [at_most("violations found", len(found), "", 0)]
    lost = abs(summary["acknowledged"] - counted) + abs(summary["sent"] - counted)
    return [
        Figure("rounds of SIGKILL", len(every), "", "", None),
        at_most("back after, slowest", round(max(every), 1), "s", RECOVERED_WITHIN_S),
        Figure("back after, median", round(statistics.median(every), 1), "s", "", None),
        *(
            Figure(f"back after {name}, slowest", round(max(some), 1), "s", "", None)
            for name, some in sorted(took.items())
        ),
        Figure("events acknowledged", summary["acknowledged"], "", "", None),
        at_most("events lost, repeated or rejected", lost + summary["rejected"], "", 0),
        *checked,
    ]


@contextmanager
def demo(state: Path) -> Iterator[Demo]:
    """A demo on a free port; ended at the end, whatever happened."""
    data = find(from_environment().data)
    places = {"REELSTREAM_STATE": str(state), "REELSTREAM_API_PORT": str(free_port())}
    with (state / "said").open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "reelstream", "demo", "--json", "--data", str(data)],
            env=child_environment(places),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    with process:
        try:
            yield Demo(process, state, data)
        finally:
            process.terminate()


def killed_and_back(running: Demo, name: str) -> float:
    """Kill, and wait until all of it runs, speaks and lets a rating through; seconds it took.

    Raises:
        NotRecovered: if it is not back in time.
    """
    children = CHILDREN if name == ALL else (JAVA_OF.get(name, name),)
    until(lambda: bool(victims(running.pids(), name)), RECOVERED_WITHIN_S, f"to be killed: {name}")
    before, at_ms, began = running.pids(), now_ms(), time.monotonic()
    producers = running.producers() if name == ALL else []
    for victim in [*victims(before, name), *producers]:
        victim.kill()
    until(lambda: back(running, children, before, at_ms), RECOVERED_WITHIN_S, f"back: {name}")
    return time.monotonic() - began


def victims(pids: dict[str, int], name: str) -> list[psutil.Process]:
    """The processes to kill."""
    if name == ALL:
        return [psutil.Process(pid) for pid in pids.values()]
    if name not in JAVA_OF:
        return [psutil.Process(pids[name])]
    below = psutil.Process(pids[JAVA_OF[name]]).children(recursive=True)
    return [one for one in below if one.name() == "java"]


def back(running: Demo, names: tuple[str, ...], before: dict[str, int], at_ms: int) -> bool:
    """Whether these run under new numbers, have spoken since, and a rating gets through."""
    now = running.pids()
    if not all(now.get(name, before[name]) != before[name] for name in names):
        return False
    said = Watch(running.settings).view().said
    spoke = [int(said[name].get("heartbeat_ms", 0)) for name in names if name in SPEAKING]
    return all(one > at_ms for one in spoke) and running.rated_visibly()


def caught_up(settings: Settings) -> bool:
    """Whether lists, log and trends reflect all of the topic."""
    watch = Watch(settings)
    view, records = watch.view(), sum(watch.topic_ends().values())
    streaming = view.said["streaming"]
    landed, behind = streaming.get("landed"), streaming.get("trends_behind")
    return view.position.counted == records and (landed, behind) == (str(records), "0")


def judged(running: Demo) -> list[str]:
    """What the checker finds, from a dump of the topic."""
    settings = running.settings
    rows = dump(settings.kafka, settings.topics.ratings)
    state = found_in(settings.redis_url, settings.key_prefix, Path(settings.log_place))
    return violations(truth_of(rows, settings.partitions, genres_of(running.data)), state)


def until(condition: Callable[[], bool], within_s: float, what: str) -> None:
    """Ask until it holds.

    Raises:
        NotRecovered: if it does not in time.
    """
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            raise NotRecovered(f"not {what} within {within_s:.0f} s")
        time.sleep(LOOK_EVERY_S)


if __name__ == "__main__":
    typer.run(main)

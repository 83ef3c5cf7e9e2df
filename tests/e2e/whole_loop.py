"""The whole loop on real ratings, wherever the processes run: what is asked of it, and the law."""

import subprocess
from pathlib import Path

from reelstream.watch import Watch
from tests.checker.answers import LIMIT, WINDOWS, wrong_answers
from tests.checker.dump import dump
from tests.checker.found import found_in
from tests.checker.law import violations
from tests.checker.shapes import State
from tests.checker.truth import genres_of, truth_of
from tests.e2e.system import System

LIVE_SHARE = ("--from", "90%", "--until", "93%")
VISITOR = 1_500_000_001


def backlog_and_live_events(system: System) -> None:
    """A bulk backlog, live events meanwhile and a visitor: until all have lists of their own."""
    system.run("producer", "catalogue", str(system.data))
    bulk = replay(system, "bulk", "--until", "90%")
    live = replay(system, "live", *LIVE_SHARE, "--clock", "now", "--rate", "60")
    system.until(lambda: system.answers("/health/live"), 30, "up")
    rate(system, 5)
    system.until(lambda: bulk.poll() == 0 and live.poll() == 0, 120, "replayed")
    system.run("retrain")
    system.until(lambda: served(system, 1) == "batch", 180, "a first model")
    rate(system, 4.5, "?wait=visible")
    system.until(lambda: served(system, VISITOR) == "fold_in", 10, "the visitor's own list")


def broken_laws(system: System, data: Path) -> list[str]:
    """How what the system keeps, once it has caught up, differs from what its topic says."""
    settings = system.settings
    rows = dump(settings.kafka, settings.topics.ratings)
    watch = Watch(settings)
    system.until(lambda: caught_up(watch, len(rows)), 60, "caught up")
    found = found_in(settings.redis_url, settings.key_prefix, system.event_log())
    truth = truth_of(rows, settings.partitions, genres_of(data))
    return violations(truth, found) + wrong_trends(system, truth)


def wrong_trends(system: System, truth: State) -> list[str]:
    """How what the API says is going on differs from what the topic says."""
    answers = (
        (system.get(f"/trending?window={w}&limit={LIMIT}"), system.get(f"/activity?window={w}"))
        for w in WINDOWS
    )
    return [line for pair in answers for line in wrong_answers(truth, *pair)]


def replay(system: System, name: str, *options: str) -> "subprocess.Popen[bytes]":
    """A part of the data set on its way into the topic."""
    return system.start(name, "producer", "replay", str(system.data), *options, "--json")


def rate(system: System, stars: float, query: str = "") -> None:
    """Rate a film as the visitor."""
    system.post(f"/users/{VISITOR}/ratings{query}", {"movie_id": 1, "rating": stars})


def served(system: System, user_id: int) -> str:
    """Where a user's list comes from."""
    return str(system.get(f"/users/{user_id}/recommendations")["source"])


def caught_up(watch: Watch, records: int) -> bool:
    """Whether speed, log and trends have seen every record."""
    view = watch.view()
    behind = view.said["streaming"].get("behind"), view.said["streaming"].get("trends_behind")
    landed = view.said["streaming"].get("landed")
    return view.position.counted == records and landed == str(records) and behind == ("0", "0")

"""The whole loop on real ratings, wherever the processes run: what is asked of it, and the law."""

import subprocess
from pathlib import Path

from event_log import Storage, ends
from harness.checker.actual_state import found_in
from harness.checker.compare_states import violations
from harness.checker.expected_state import genres_of, truth_of
from harness.checker.state_types import State
from harness.checker.topic_dump import dump
from harness.e2e.running_system import System
from reelstream.system_probe import SystemProbe
from tests.checker.api_answers import LIMIT, WINDOWS, wrong_answers

LIVE_SHARE = ("--from", "90%", "--until", "93%")
VISITOR = 1_500_000_001


def backlog_and_live_events(system: System) -> None:
    """A bulk backlog, live events meanwhile and a visitor: until all have lists of their own."""
    system.run("producer", "catalogue", str(system.data))
    bulk = replay(system, "bulk", "--until", "90%")
    live = replay(system, "live", *LIVE_SHARE, "--clock", "now", "--rate", "60")
    system.until(lambda: rated(system, 5), 30, "up")
    system.until(lambda: bulk.poll() == 0 and live.poll() == 0, 120, "replayed")
    system.until(lambda: landed(system), 120, "landed")
    system.run("retrain")
    system.until(lambda: served(system, 1) == "batch", 180, "a first model")
    rate(system, 4.5, "?wait=visible")
    system.until(lambda: served(system, VISITOR) == "fold_in", 10, "the visitor's own list")


def broken_laws(system: System, data: Path) -> list[str]:
    """How what the system keeps, once it has caught up, differs from what its topic says."""
    settings = system.settings
    rows = dump(settings.kafka, settings.topics.ratings)
    watch = SystemProbe(settings)
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


def landed(system: System) -> bool:
    """Whether the event log holds all that the topic does."""
    in_log = sum(ends(Storage.of(str(system.event_log()))).values())
    return in_log == sum(SystemProbe(system.settings).topic_ends().values()) > 0


def replay(system: System, name: str, *options: str) -> "subprocess.Popen[bytes]":
    """A part of the data set on its way into the topic."""
    return system.start(name, "producer", "replay", str(system.data), *options, "--json")


def rate(system: System, stars: float, query: str = "") -> None:
    """Rate a movie as the visitor."""
    system.post(f"/users/{VISITOR}/ratings{query}", {"movie_id": 1, "rating": stars})


def rated(system: System, stars: float) -> bool:
    """Whether the API takes a rating; while it has not reached Kafka yet, it refuses."""
    try:
        rate(system, stars)
    except OSError:
        return False
    return True


def served(system: System, user_id: int) -> str:
    """Where a user's list comes from."""
    return str(system.get(f"/users/{user_id}/recommendations")["source"])


def caught_up(watch: SystemProbe, records: int) -> bool:
    """Whether speed, log and trends have seen every record."""
    view = watch.view()
    said = view.streaming
    landed = (said.landed, said.behind, said.trends_behind) == (records, 0, 0)
    return view.position.counted == records and landed

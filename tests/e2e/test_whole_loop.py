"""The whole loop on real ratings: a bulk backlog and live events in one run, then the law."""

import csv
import subprocess
from pathlib import Path

import pytest

from contracts.settings import Settings
from reelstream.watch import Watch
from tests.checker.dump import dump
from tests.checker.found import found_in
from tests.checker.law import violations
from tests.checker.truth import truth_of
from tests.e2e.system import System, running

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(600)]

LIVE_SHARE = ("--from", "0.9", "--until", "0.93")
VISITOR = 1_500_000_001


def test_a_backlog_and_live_events_end_in_exact_counts_and_a_model_that_is_served(
    settings: Settings, environment: dict[str, str], data: Path, tmp_path: Path
) -> None:
    with running(settings, environment, tmp_path / "logs") as system:
        system.run("producer", "catalogue", str(data))
        bulk = system.start("bulk", "producer", "replay", str(data), "--until", "0.9", "--json")
        live = replay_live(system, data)
        system.until(lambda: system.answers("/health/live"), 30, "up")
        system.post(f"/users/{VISITOR}/ratings", {"movie_id": 1, "rating": 5})
        system.until(lambda: bulk.poll() == 0 and live.poll() == 0, 120, "replayed")
        system.run("retrain")
        system.until(lambda: served(system, 1) == "batch", 180, "a first model")
        system.post(f"/users/{VISITOR}/ratings?wait=visible", {"movie_id": 1, "rating": 4.5})
        system.until(lambda: served(system, VISITOR) == "fold_in", 10, "the visitor's own list")
        rows = dump(settings.kafka, settings.topics.ratings)
        system.until(lambda: caught_up(Watch(settings), len(rows)), 60, "caught up")

        found = found_in(settings.redis_url, settings.key_prefix, settings.event_log)

    assert violations(truth_of(rows, settings.partitions, genres_of(data)), found) == []


def replay_live(system: System, data: Path) -> "subprocess.Popen[bytes]":
    """The live part, while the backlog is still being read."""
    options = (*LIVE_SHARE, "--clock", "now", "--rate", "60", "--json")
    return system.start("live", "producer", "replay", str(data), *options)


def served(system: System, user_id: int) -> str:
    """Where a user's list comes from."""
    return str(system.get(f"/users/{user_id}/recommendations")["source"])


def caught_up(watch: Watch, records: int) -> bool:
    """Whether speed, log and trends have seen every record."""
    view = watch.view()
    behind = view.streaming.get("behind"), view.streaming.get("trends_behind")
    landed = view.streaming.get("landed")
    return view.position.counted == records and landed == str(records) and behind == ("0", "0")


def genres_of(data: Path) -> dict[int, list[str]]:
    """Genres by movie, read with nothing of the project."""
    with (data / "movies.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {
        int(row["movieId"]): [g for g in row["genres"].split("|") if g != "(no genres listed)"]
        for row in rows
    }

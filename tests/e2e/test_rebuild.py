"""`reelstream rebuild` on real ratings: Redis is emptied while everything runs."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from contracts.settings import Settings
from harness.e2e.running_system import System, running
from redis_store.connection import connect
from reelstream.system_probe import SystemProbe
from tests.e2e.whole_loop import VISITOR, broken_laws, caught_up, rate, replay, served

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(500)]

HISTORY = ("--until", "20%", "--clock", "original")
LIVE = ("--from", "20%", "--until", "21%", "--clock", "now")
READERS = (1, 19, 42, 57, VISITOR)
EMPTY = """
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end
"""
"""What FLUSHALL does, at once too, to the keys of one prefix."""


def test_an_emptied_store_is_written_again_while_everything_runs(
    settings: Settings, environment: dict[str, str], data: Path, tmp_path: Path
) -> None:
    with running(settings, environment, tmp_path / "logs", data) as system:
        loaded(system)
        assert broken_laws(system, data) == []
        before = lists(system)
        assert {source for source, _ in before.values()} >= {"batch", "fold_in"}

        empty(settings)
        said = rebuilt(system)

        assert set(said) == {"catalogue", "batch", "streaming", "speed"}
        assert said["batch"]["version"] == 1
        assert broken_laws(system, data) == []
        system.until(lambda: lists(system) == before, 60, "served as before")
        rate(system, 2, "?wait=visible")
        assert broken_laws(system, data) == []


def loaded(system: System) -> None:
    """History, a model of it, and live events since."""
    system.run("producer", "catalogue", str(system.data))
    assert replay(system, "history", *HISTORY).wait(120) == 0
    system.until(lambda: reached_the_end(system), 120, "landed")
    system.run("retrain")
    system.until(lambda: served(system, 1) == "batch", 180, "a first model")
    assert replay(system, "live", *LIVE).wait(60) == 0
    rate(system, 5, "?wait=visible")
    system.until(lambda: reached_the_end(system), 60, "caught up")


def reached_the_end(system: System) -> bool:
    """Whether everything that the topic holds is in log, trends and histories."""
    watch = SystemProbe(system.settings)
    return caught_up(watch, sum(watch.topic_ends().values()))


def lists(system: System) -> dict[int, tuple[str, list[int]]]:
    """Source and movies of some people's lists."""
    answers = {one: system.get(f"/users/{one}/recommendations?limit=50") for one in READERS}
    return {one: (str(a["source"]), movies(a)) for one, a in answers.items()}


def movies(answer: dict[str, Any]) -> list[int]:
    """The movies of a list, in its order."""
    return [item["movie_id"] for item in answer["items"]]


def empty(settings: Settings) -> None:
    """Take everything that is Reelstream's from Redis."""
    client = connect(settings.redis_url, timeout_s=20)
    client.eval(EMPTY, 0, f"{settings.key_prefix}*")


def rebuilt(system: System) -> dict[str, Any]:
    """What `reelstream rebuild` says."""
    done = subprocess.run(
        system.command("rebuild", "--json"),
        env=dict(system.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))

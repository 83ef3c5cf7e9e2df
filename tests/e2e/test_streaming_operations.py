"""The streaming job alone, on real ratings: what an operator may do to it, and what follows."""

from pathlib import Path

import pytest

from contracts.process_exit import BUSY, REFUSED
from harness.e2e.malformed_records import send_poison
from harness.e2e.running_system import System
from harness.e2e.streaming_job import (
    STARTED_WITHIN_S,
    broken,
    caught_up,
    ended,
    kill,
    send,
    start,
)
from redis_store.connection import connect

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(400)]


def test_streaming_refuses_what_would_count_wrongly_and_begins_anew_when_it_is_told_to(
    system: System,
) -> None:
    start(system)
    send(system, 0, 3000)
    poison = send_poison(system.settings.kafka, system.settings.topics.ratings)
    system.until(lambda: caught_up(system.settings), STARTED_WITHIN_S, "caught up")
    assert broken(system) == []

    code, said = ended(system, "streaming", "run")
    assert code == BUSY
    assert "is in use by another streaming job (streaming): stop that one first" in said

    forget_buckets(system)
    system.until(lambda: broken(system) == [], STARTED_WITHIN_S, "written again")

    kill(system)
    put_back(system.settings.checkpoints)
    code, said = ended(system, "streaming", "run")
    assert code == REFUSED
    assert "was restored from batch" in said
    assert said.endswith("abandon it with `reelstream streaming start-over`")

    code, said = ended(system, "streaming", "start-over", "--yes")
    assert (code, "the old checkpoint is in" in said) == (0, True)
    send(system, 3000, 3500)
    start(system)
    system.until(lambda: caught_up(system.settings), STARTED_WITHIN_S, "caught up")
    assert broken(system) == []

    system.processes["streaming"].terminate()
    assert system.processes["streaming"].wait(10) == 0
    forget_buckets(system)
    code, said = ended(system, "streaming", "rebuild")
    assert code == 0
    assert f"with {3500 + poison} records" in said
    assert broken(system) == []


def forget_buckets(system: System) -> None:
    """Take from Redis what streaming owns there."""
    client = connect(system.settings.redis_url, timeout_s=5)
    for kind in ("trend", "activity", "active"):
        keys = [*client.scan_iter(f"{system.settings.key_prefix}{kind}:*", count=1000)]
        assert keys
        client.delete(*keys)


def put_back(checkpoints: Path) -> None:
    """As somebody does who restores the small files alone: the last batch is gone."""
    for kind in ("offsets", "commits"):
        newest = max((checkpoints / "log" / kind).glob("[0-9]*"), key=lambda path: int(path.name))
        newest.unlink()

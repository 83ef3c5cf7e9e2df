"""A whole data set in bulk, with live ratings, repeats and poison between: all of it is counted."""

from pathlib import Path

import pytest

from contracts.settings import Settings
from harness.checker.compare_states import violations
from harness.e2e.malformed_records import send_poison
from harness.e2e.running_system import System
from harness.e2e.streaming_job import caught_up, expected_and_found, start
from tests.reelstream.hostile_shell import hostile

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(500)]

READ_WITHIN_S = 150
LIVE, LIVE_RATE = 2000, 100
"""Rows that are rated anew while the data set is loaded, and how many of them a second."""
AGAIN = "5%"


@pytest.fixture(params=[4, 12], ids="{} partitions".format)
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    return settings.model_copy(update={"partitions": request.param})


@pytest.fixture
def environment(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Commands are typed into a shell that carries everything."""
    return environment | hostile(tmp_path / "others")


def test_a_bulk_load_among_live_ratings_repeats_and_poison_is_counted_exactly(
    system: System,
) -> None:
    settings, replay = system.settings, ("producer", "replay", str(system.data))
    start(system)
    live = system.start(
        "live", *replay, "--clock", "now", "--until", str(LIVE), "--rate", str(LIVE_RATE)
    )
    load = system.start("load", *replay)
    poison = send_poison(settings.kafka, settings.topics.ratings, settings.partitions)
    system.run(*replay, "--until", AGAIN)
    assert (load.wait(60), live.wait(60)) == (0, 0)

    system.until(lambda: caught_up(settings), READ_WITHIN_S, "caught up")

    expected, found = expected_and_found(settings, system.data)
    assert violations(expected, found) == []
    assert len(found.log) == settings.partitions
    assert sum(map(len, found.log.values())) > 100_000 + LIVE + poison
    ratings = sum(counts[0] for bucket in found.buckets.values() for counts in bucket.values())
    assert ratings > 3 * LIVE

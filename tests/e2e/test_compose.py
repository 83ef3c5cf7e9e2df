"""docker-compose.yml: the same whole loop, and the demo, in containers; then the law."""

from pathlib import Path

import pytest

from tests.e2e.compose_stack import LONG_RUNNING, composed
from tests.e2e.whole_loop import backlog_and_live_events, broken_laws, served

pytestmark = [pytest.mark.compose, pytest.mark.timeout(900)]

ONCE = ("topics", "data", "catalogue", "history", "producer")


def test_a_backlog_and_live_events_end_in_exact_counts_and_a_model_that_is_served(
    tmp_path: Path, data: Path
) -> None:
    with composed(tmp_path, data, LONG_RUNNING, retrain_seconds=3600) as system:
        backlog_and_live_events(system)

        assert broken_laws(system, data) == []
        assert system.restarted() == []


def test_the_demo_loads_history_replays_the_rest_and_serves_lists_of_ones_own(
    tmp_path: Path, data: Path
) -> None:
    with composed(tmp_path, data, [*LONG_RUNNING, "producer"], retrain_seconds=20) as system:
        assert {name: system.exit_code(name) for name in ONCE} == dict.fromkeys(ONCE, "0")
        system.until(lambda: served(system, 1) in {"batch", "fold_in"}, 180, "a list of one's own")

        assert broken_laws(system, data) == []
        assert system.restarted() == []

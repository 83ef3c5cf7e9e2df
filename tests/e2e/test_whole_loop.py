"""The whole loop on real ratings: a bulk backlog and live events in one run, then the law."""

from pathlib import Path

import pytest

from contracts.settings import Settings
from harness.e2e.running_system import running
from tests.e2e.whole_loop import backlog_and_live_events, broken_laws

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(600)]


def test_a_backlog_and_live_events_end_in_exact_counts_and_a_model_that_is_served(
    settings: Settings, environment: dict[str, str], data: Path, tmp_path: Path
) -> None:
    with running(settings, environment, tmp_path / "logs", data) as system:
        backlog_and_live_events(system)

        assert broken_laws(system, data) == []

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.settings import Settings
from tests.e2e.streaming_job import prepared
from tests.e2e.system import System


@pytest.fixture
def system(
    settings: Settings, environment: dict[str, str], data: Path, tmp_path: Path
) -> Iterator[System]:
    """An installation with topics and a catalogue, and nothing running."""
    with prepared(settings, environment, tmp_path / "logs", data) as one:
        yield one

from pathlib import Path

import pytest

from event_log import Storage
from harness.builders import own_keys
from tests.batch.pipeline_rig import Trainer, trainer


@pytest.fixture
def batch(redis_url: str, log: Storage, tmp_path: Path) -> Trainer:
    return trainer(redis_url, log, tmp_path / "models", own_keys())

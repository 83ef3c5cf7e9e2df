from pathlib import Path

import pytest

from contracts.eventlog import Place
from tests.batch.trainer import Trainer, trainer
from tests.builders import own_keys


@pytest.fixture
def batch(redis_url: str, log: Place, tmp_path: Path) -> Trainer:
    return trainer(redis_url, log, tmp_path / "models", own_keys())

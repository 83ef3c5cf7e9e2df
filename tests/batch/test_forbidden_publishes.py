"""What must not be published is not, whatever it is; a good one is."""

from pathlib import Path

import pytest

from event_log import Storage
from harness.batch.forbidden_publishes import ATTEMPTS, prepared
from harness.batch.retrain_rig import Retrainer, retrainer

pytestmark = pytest.mark.integration

SEEDS = 3


@pytest.fixture
def batch(redis_url: str, log: Storage, tmp_path: Path) -> Retrainer:
    one = retrainer(redis_url, log, tmp_path / "models")
    prepared(one)
    return one


@pytest.mark.parametrize("name", ATTEMPTS)
def test_it_is_never_published(batch: Retrainer, name: str) -> None:
    assert not any(ATTEMPTS[name](batch, seed) for seed in range(SEEDS))


def test_an_artefact_that_is_whole_can_be_gone_back_to(batch: Retrainer) -> None:
    first = batch.version
    batch.retrain()

    batch.publisher.roll_back(first, batch.event_log)

    assert batch.version == first

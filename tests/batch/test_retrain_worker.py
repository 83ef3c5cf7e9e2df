"""The worker's loop beside a Redis that takes nothing for a while."""

from collections.abc import Callable
from pathlib import Path

import pytest

from batch.judge_challenger import Retraining
from batch.retrain_pipeline import Trainer
from batch.retrain_worker import LOOK_EVERY_S, RetrainWorker
from batch.training import nothing_known
from contracts.process_status import BatchStatus
from event_log import Storage
from harness.batch.degraded_models import PARAMETERS, fit
from harness.batch.retrain_rig import retrainer
from harness.builders import AT_MS, own_keys
from redis_store.status import StatusStore
from tests.batch.test_rolling_back import Appended
from tests.redis_store.redis_servers import client_of, filled, redis_with

pytestmark = pytest.mark.integration


def test_a_full_redis_is_waited_for_and_named(
    log: Storage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    slept: list[float] = []
    with redis_with(tmp_path, "--maxmemory", "3mb") as port:
        client = client_of(port)
        filled(client)
        status = StatusStore(client, own_keys())
        publisher = retrainer(f"redis://127.0.0.1:{port}/0", log, tmp_path / "models").publisher

        def making(report: Callable[[str], None]) -> Trainer:
            using = Retraining(
                lambda rated, _: fit(rated),
                PARAMETERS,
                lambda _: True,
                nothing_known,
                tmp_path,
                report,
            )
            return Trainer(lambda *_: using, publisher, log, lambda: AT_MS, report)

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            if len(slept) == 3:
                client.config_set("maxmemory", 0)

        clocks = lambda: AT_MS, lambda: 0.0, sleep
        worker = RetrainWorker(
            Appended(), making, lambda _: None, lambda *_: False, status, *clocks
        )
        worker.run(lambda: LOOK_EVERY_S in slept)

        assert status.read(BatchStatus) == BatchStatus(AT_MS)
    assert caplog.messages.count("waiting: Redis is full") == 1

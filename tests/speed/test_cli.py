"""`reelstream speed run` as a process."""

import sys
import urllib.request
from contextlib import closing

import pytest

from contracts.settings import Settings
from contracts.topics import topic_configs
from harness.eventually import eventually
from kafka_clients import Admin
from redis_store.connection import connect
from redis_store.status import StatusStore
from reelstream.ports import free_port
from reelstream.supervisor import Child, Supervisor

pytestmark = pytest.mark.integration


def test_a_worker_serves_its_metrics_where_its_status_says(
    settings: Settings, environment: dict[str, str], supervisor: Supervisor
) -> None:
    with closing(Admin(settings.kafka)) as admin:
        admin.create(topic_configs(settings.topics, settings.partitions))
    status = StatusStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    own = environment | {"REELSTREAM_METRICS_PORT": str(free_port())}

    supervisor.start(Child("speed", [sys.executable, "-m", "reelstream", "speed", "run"], own))
    eventually(
        lambda: any(0 in one.behind for one in status.workers().values()),
        60,
        "a worker's status",
    )

    (worker,) = status.workers().values()
    with urllib.request.urlopen(worker.metrics) as answer:
        assert b'reelstream_speed_applied_offset{partition="0"} 0.0\n' in answer.read()

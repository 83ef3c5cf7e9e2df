"""`reelstream speed run` as a process."""

import sys
import urllib.request
from contextlib import closing

import pytest

from contracts.clients import Admin
from contracts.settings import Settings
from contracts.store.connection import connect
from contracts.store.status import StatusStore
from contracts.topics import topic_configs
from reelstream.ports import free_port
from reelstream.supervisor import Child, Supervisor
from tests.reelstream.commands import eventually

pytestmark = pytest.mark.integration


def test_a_worker_serves_its_metrics_where_its_status_says(
    settings: Settings, environment: dict[str, str], supervisor: Supervisor
) -> None:
    with closing(Admin(settings.kafka)) as admin:
        admin.create(topic_configs(settings.topics, settings.partitions))
    status = StatusStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    own = environment | {"REELSTREAM_METRICS_PORT": str(free_port())}

    supervisor.start(Child("speed", [sys.executable, "-m", "reelstream", "speed", "run"], own))
    eventually(lambda: "behind:0" in status.read("speed"), within_s=60)

    with urllib.request.urlopen(status.read("speed")["metrics"]) as answer:
        assert b'reelstream_speed_applied_offset{partition="0"} 0.0\n' in answer.read()

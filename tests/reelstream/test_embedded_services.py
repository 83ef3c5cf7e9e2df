"""The embedded Kafka and Redis, stopped and started again in the same folder."""

from contextlib import closing
from pathlib import Path

import pytest

from contracts.clients import Admin, Producer, Tail
from contracts.settings import child_environment
from contracts.store.connection import connect
from reelstream import redis_server
from reelstream.ports import free_port
from reelstream.supervisor import Child, Supervisor
from tests.services import STARTED_WITHIN_S, start_broker, wait_for_redis

pytestmark = pytest.mark.integration


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A folder whose name needs care."""
    folder = tmp_path / "ein Ördner 🎬"
    folder.mkdir()
    return folder


def test_a_broker_that_starts_again_has_its_address_and_its_records(
    supervisor: Supervisor, state: Path
) -> None:
    before = start_broker(supervisor, state)
    bootstrap = f"127.0.0.1:{before.kafka}"
    with closing(Admin(bootstrap)) as admin:
        admin.create({"kept": (1, {})})
        identity = admin.identity("kept")
    with closing(Producer(bootstrap, "test")) as producer:
        producer.send("kept", b"1", b"a record", 0).result(STARTED_WITHIN_S)
    supervisor.stop()

    assert (state / "kafka" / "data" / "meta.properties").exists()
    assert start_broker(supervisor, state) == before

    with closing(Admin(bootstrap)) as admin:
        assert admin.identity("kept") == identity
    with closing(Tail(bootstrap, "kept", {0: 0})) as tail:
        assert [one.record.value for _, one in tail.to_end()] == [b"a record"]


def test_redis_listens_on_loopback_and_keeps_what_it_took(
    supervisor: Supervisor, state: Path
) -> None:
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    command = redis_server.prepare(state, port)
    supervisor.start(Child("redis", command, child_environment({})))
    wait_for_redis(url)
    with connect(url, timeout_s=2) as client:
        client.set("kept", "value")
        assert client.config_get("bind")["bind"] == "127.0.0.1"
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
    supervisor.stop()

    supervisor.start(Child("redis", command, child_environment({})))
    wait_for_redis(url)

    with connect(url, timeout_s=2) as client:
        assert client.get("kept") in {"value", b"value"}

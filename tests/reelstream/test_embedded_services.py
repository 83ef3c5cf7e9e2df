"""The embedded Kafka and Redis, stopped and started again in the same folder."""

from contextlib import closing
from pathlib import Path

import pytest

from harness.killable_services import own_kafka, own_redis
from harness.services import STARTED_WITHIN_S
from kafka_clients import Admin, PartitionReader, RecordProducer
from redis_store.connection import connect

pytestmark = pytest.mark.integration


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A folder whose name needs care."""
    folder = tmp_path / "ein Ördner 🎬"
    folder.mkdir()
    return folder


def test_a_broker_that_starts_again_has_its_address_and_its_records(state: Path) -> None:
    with own_kafka(state, {"kept": (1, {})}) as broker:
        before = (state / "ports.json").read_bytes()
        with closing(Admin(broker.address)) as admin:
            identity = admin.identity("kept")
        with closing(RecordProducer(broker.address, "test", STARTED_WITHIN_S)) as producer:
            producer.send("kept", b"1", b"a record", 0).result(STARTED_WITHIN_S)
    assert (state / "kafka" / "data" / "meta.properties").exists()

    with own_kafka(state) as again:
        assert again.address == broker.address
        assert (state / "ports.json").read_bytes() == before
        with closing(Admin(again.address)) as admin:
            assert admin.identity("kept") == identity
        with closing(PartitionReader(again.address, "kept", {0: 0})) as tail:
            assert [one.record.value for _, one in tail.to_end()] == [b"a record"]


def test_redis_listens_on_loopback_and_keeps_what_it_took(state: Path) -> None:
    with own_redis(state) as redis:
        with connect(redis.address, timeout_s=2) as client:
            client.set("kept", "value")
            assert client.config_get("bind")["bind"] == "127.0.0.1"
            assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"

        redis.start()

        with connect(redis.address, timeout_s=2) as client:
            assert client.get("kept") in {"value", b"value"}

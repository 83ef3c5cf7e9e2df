"""A topic that is not what Reelstream's own writers make: the job stops, and says where."""

import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import confluent_kafka
import pytest

from contracts.events import encode
from contracts.partitioner import partition_of
from contracts.process_exit import FAILED, UNREACHABLE
from contracts.settings import Settings
from contracts.topics import topic_configs
from harness.builders import PARTITIONS, rated
from harness.e2e.running_system import System
from harness.killable_services import own_kafka
from kafka_clients import Admin

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(200)]

USER = 7
ENDED_WITHIN_S = 60


class Broker(NamedTuple):
    """Where its files are, and how it is reached."""

    data: Path
    address: str


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker whose files may be damaged."""
    folder = tmp_path_factory.mktemp("broker")
    with own_kafka(folder) as own:
        yield Broker(folder / "kafka/data", own.address)


@pytest.fixture
def system(
    settings: Settings, environment: dict[str, str], tmp_path: Path, broker: Broker
) -> Iterator[System]:
    (tmp_path / "logs").mkdir()
    here = settings.model_copy(update={"kafka": broker.address})
    one = System(
        here, environment | {"REELSTREAM_KAFKA": broker.address}, tmp_path / "logs", tmp_path
    )
    yield one
    one.stop()


def sender(system: System, **options: object) -> confluent_kafka.Producer:
    return confluent_kafka.Producer({"bootstrap.servers": system.settings.kafka} | options)


def append(system: System, client: confluent_kafka.Producer, count: int) -> None:
    partition = partition_of(USER, system.settings.partitions)
    for n in range(count):
        value = encode(rated(USER, 1 + n))
        client.produce(system.settings.topics.ratings, value, str(USER), partition)


def ended(system: System) -> tuple[int, str]:
    """The job's exit code and its own line; Java's words may come behind it."""
    done = subprocess.run(
        system.command("streaming", "run"),
        env=dict(system.environment),
        capture_output=True,
        text=True,
        timeout=ENDED_WITHIN_S,
        check=False,
    )
    (said,) = (line for line in done.stderr.splitlines() if line.startswith("error: "))
    return done.returncode, said


def test_a_transaction_leaves_a_gap_and_the_job_says_at_which_offset(system: System) -> None:
    system.run("topics")
    client = sender(system, **{"transactional.id": uuid.uuid4().hex})
    client.init_transactions()
    for finish in (client.abort_transaction, client.commit_transaction):
        client.begin_transaction()
        append(system, client, 3)
        client.flush()
        finish()

    code, said = ended(system)

    assert code == FAILED
    assert "ends at 3, got 3 rows from 4 to 6" in said or "ends at 0, got 6 rows" in said


def test_a_damaged_batch_is_not_stepped_over(system: System, broker: Broker) -> None:
    system.run("topics")
    client = sender(system)
    for _ in range(3):  # a batch each
        append(system, client, 2)
        client.flush()
    topic, partition = system.settings.topics.ratings, partition_of(USER, PARTITIONS)
    flip_last_byte(broker.data / f"{topic}-{partition}" / f"{0:020d}.log")

    code, said = ended(system)

    assert code == FAILED
    assert f"{topic}-{partition} at offset 4 is invalid" in said


def test_without_a_topic_for_dead_letters_nothing_is_begun(system: System) -> None:
    with closing(Admin(system.settings.kafka)) as admin:
        wanted = topic_configs(system.settings.topics, PARTITIONS)
        del wanted[system.settings.topics.dead_letters]
        admin.create(wanted)

    code, said = ended(system)

    assert code == UNREACHABLE
    missing = f"topic {system.settings.topics.dead_letters} does not exist"
    assert said == f"error: {missing} (Kafka): create the topics with `reelstream topics`"
    assert not system.settings.checkpoints.joinpath("log").exists()


def flip_last_byte(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)[0]
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last ^ 1]))

"""Both libraries, and a topic of one's own as Reelstream creates `ratings`."""

import uuid
from collections.abc import Iterator
from contextlib import closing

import pytest

from contracts.settings import KafkaClient
from contracts.topics import RATINGS_CONFIG
from harness.builders import PARTITIONS
from kafka_clients import Admin, ProducerClient, connect_producer


@pytest.fixture(params=["kafka-python", "confluent-kafka"])
def library(request: pytest.FixtureRequest) -> KafkaClient:
    name: KafkaClient = request.param
    return name


@pytest.fixture
def topic(kafka: str) -> str:
    name = f"{uuid.uuid4().hex[:12]}.ratings"
    with closing(Admin(kafka)) as admin:
        admin.create({name: (PARTITIONS, RATINGS_CONFIG)})
    return name


@pytest.fixture
def producer(library: KafkaClient, kafka: str) -> Iterator[ProducerClient]:
    with closing(connect_producer(library, kafka, "test", 60)) as one:
        yield one

"""Topics that are there already, as somebody else made them."""

import uuid
from collections.abc import Iterator
from contextlib import closing

import pytest

from contracts.process_exit import FOREIGN
from contracts.topics import RATINGS_CONFIG
from kafka_clients import Admin, UnfitTopic

pytestmark = pytest.mark.integration


@pytest.fixture
def admin(kafka: str) -> Iterator[Admin]:
    with closing(Admin(kafka)) as one:
        yield one


def test_a_topic_as_reelstream_makes_it_will_do(admin: Admin) -> None:
    name = uuid.uuid4().hex
    admin.create({name: (1, RATINGS_CONFIG)})

    admin.require_fit({name: RATINGS_CONFIG})


def test_a_topic_of_kafkas_defaults_is_refused_with_the_command_that_changes_it(
    admin: Admin, kafka: str
) -> None:
    name = uuid.uuid4().hex
    admin.create({name: (1, {})})

    with pytest.raises(UnfitTopic) as refused:
        admin.require_fit({name: RATINGS_CONFIG})

    assert refused.value.line == (
        f"topic {name} has retention.ms=604800000,message.timestamp.type=CreateTime "
        f"(Kafka): change it with `kafka-configs.sh --bootstrap-server {kafka} --alter "
        f"--entity-type topics --entity-name {name} "
        "--add-config retention.ms=-1,message.timestamp.type=LogAppendTime`"
    )
    assert refused.value.code == FOREIGN

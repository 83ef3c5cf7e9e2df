import pytest

from contracts.redis_keys import Keys
from contracts.stored_value_checks import CorruptValue
from contracts.topics import MAX_PARTITIONS, Identity
from harness.builders import identity
from redis_store.connection import Client
from redis_store.topic import ForeignStore, TopicStore

pytestmark = pytest.mark.integration

OURS = identity()


@pytest.fixture
def store(client: Client, keys: Keys) -> TopicStore:
    return TopicStore(client, keys)


def test_an_empty_store_is_of_no_topic(store: TopicStore) -> None:
    assert store.identity() is None


def test_a_store_is_of_the_topic_that_claimed_it(store: TopicStore) -> None:
    store.claim(OURS)
    store.claim(OURS)

    assert store.identity() == OURS


@pytest.mark.parametrize(
    "theirs",
    [
        Identity("elsewhere", OURS.topic_id, OURS.partitions),
        Identity(OURS.cluster_id, "another", OURS.partitions),
        Identity(OURS.cluster_id, OURS.topic_id, OURS.partitions + 2),
    ],
)
def test_a_store_of_another_topic_is_refused_and_left_as_it_is(
    store: TopicStore, theirs: Identity
) -> None:
    store.claim(theirs)

    with pytest.raises(ForeignStore) as refused:
        store.claim(OURS)

    assert str(theirs) in str(refused.value)
    assert str(OURS) in str(refused.value)
    assert store.identity() == theirs


def test_a_record_of_another_type_is_written_again(
    store: TopicStore, client: Client, keys: Keys
) -> None:
    client.hset(keys.topic(), "partitions", 4)

    store.claim(OURS)

    assert store.identity() == OURS


@pytest.mark.parametrize(
    "planted",
    [
        b"",
        b"\xff\xfe",
        b"4",
        b"{}",
        b'{"cluster_id": "c", "topic_id": "t", "partitions": "4"}',
        b'{"cluster_id": "c", "topic_id": "t", "partitions": 0}',
        b'{"cluster_id": "c", "topic_id": "t", "partitions": %d}' % (MAX_PARTITIONS + 1),
        b'{"cluster_id": "c", "topic_id": "t", "partitions": %s}' % (b"9" * 400),
    ],
)
def test_a_damaged_record_is_told_and_written_again(
    store: TopicStore, client: Client, keys: Keys, planted: bytes
) -> None:
    client.set(keys.topic(), planted)
    with pytest.raises(CorruptValue):
        store.identity()

    store.claim(OURS)

    assert store.identity() == OURS

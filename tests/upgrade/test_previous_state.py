"""What version 0.1.0 kept is read by this version: ratings, lists, models, trends, checkpoint.

`state_0_1_0.tar.gz` is the state folder of `reelstream up` on 120 made-up people of four tastes,
without Kafka's folder; the keys of its Redis are in `redis.json`, and in `expected.json` is what it
served.
"""

import base64
import json
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from batch.snapshot import take
from contracts import artefact
from contracts.partitioner import partition_of
from contracts.process_status import ApiStatus, BatchStatus, SpeedStatus, StreamingStatus
from contracts.redis_keys import Keys
from event_log import Storage, ends
from harness.builders import own_keys
from redis_store.catalogue import CatalogueStore
from redis_store.connection import Client, connect
from redis_store.reader import ReadingStore
from redis_store.speed import SpeedStore
from redis_store.status import StatusStore
from redis_store.topic import TopicStore
from redis_store.trends import TrendStore
from redis_store.versions import VersionStore
from reelstream.state_folder import installation
from streaming.checkpoint_guard import opened
from streaming.wiring import schema

pytestmark = pytest.mark.integration

STATE = Path(__file__).with_name("state_0_1_0.tar.gz")
PREFIX = "reelstream:1:"
PARTITIONS = 4
MOVIES = 80
RATINGS = 120 * 25 + 1


class Previous(NamedTuple):
    """The unpacked state, and its keys under a prefix of their own in a Redis that runs."""

    folder: Path
    client: Client
    keys: Keys

    def expected(self) -> Any:
        """What it served."""
        return json.loads((self.folder / "expected.json").read_bytes())

    def log(self) -> Storage:
        """Its event log."""
        return Storage.of(str(self.folder / "event-log"))


@pytest.fixture(scope="module")
def previous(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Previous:
    folder = tmp_path_factory.mktemp("previous")
    with tarfile.open(STATE) as archive:
        if hasattr(tarfile, "data_filter"):  # from Python 3.11.4 on
            archive.extraction_filter = tarfile.data_filter
        archive.extractall(folder)
    client, keys = connect(redis_url, timeout_s=5), own_keys()
    stored = json.loads((folder / "redis.json").read_bytes())
    for key, (kind, value, _) in stored.items():
        RESTORED[kind](client, keys.prefix + key.removeprefix(PREFIX), value)
    return Previous(folder, client, keys)


def _restored_hash(client: Client, key: str, value: Mapping[str, str]) -> None:
    client.hset(key, mapping={_bytes(name): _bytes(one) for name, one in value.items()})


def _restored_sorted_set(client: Client, key: str, value: list[tuple[str, float]]) -> None:
    client.zadd(key, {_bytes(member): score for member, score in value})


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)


RESTORED: dict[str, Callable[[Client, str, Any], object]] = {
    "string": lambda client, key, value: client.set(key, _bytes(value)),
    "hash": _restored_hash,
    "zset": _restored_sorted_set,
}


def test_everybody_is_served_the_same_list(previous: Previous) -> None:
    reader = ReadingStore(previous.client, previous.keys)
    active = reader.active()
    expected = previous.expected()

    served = {user: reader.look_up(int(user), active) for user in expected["users"]}

    assert active
    assert active.version == expected["version"]
    for user, found in served.items():
        assert found.ranked
        assert found.ranked.movies.tolist()[:10] == expected["users"][user]["movies"]
        assert len(found.history.entries) == expected["users"][user]["rated"]


def test_the_event_log_holds_the_same_ratings_as_the_histories(previous: Previous) -> None:
    store = SpeedStore(previous.client, previous.keys)
    snapshot = take(previous.log(), ends(previous.log()))

    logged = {user: history.entries for user, history in snapshot.histories()}

    assert sum(map(len, logged.values())) == RATINGS
    for user, entries in logged.items():
        partition = partition_of(user, PARTITIONS)
        assert store.histories(partition, [user])[user].entries == entries


def test_the_model_is_the_artefacts(previous: Previous) -> None:
    served = VersionStore(previous.client, previous.keys).model(1)
    manifest, kept = artefact.load(previous.folder / "models", 1)

    for name, array in served.arrays().items():
        np.testing.assert_array_equal(array, kept[name])
    assert served.parameters == manifest.parameters


def test_what_its_release_did_not_know_is_off(previous: Previous) -> None:
    parameters = VersionStore(previous.client, previous.keys).model(1).parameters

    assert (parameters.content_weight, parameters.content_scale) == (0, 0)
    assert (parameters.content_agreement, parameters.popularity_exponent) == (0, 0)


def test_catalogue_topic_and_similar_movies_are_there(previous: Previous) -> None:
    catalogue = CatalogueStore(previous.client, previous.keys).read()
    reader = ReadingStore(previous.client, previous.keys)
    active, identity = reader.active(), TopicStore(previous.client, previous.keys).identity()

    assert catalogue
    assert active
    assert identity
    assert len(catalogue.movies) == MOVIES
    assert identity.partitions == PARTITIONS
    assert all(reader.similar(active, movie.movie_id) for movie in catalogue.movies)


def test_what_processes_said_is_understood(previous: Previous) -> None:
    store = StatusStore(previous.client, previous.keys)
    streaming, log = store.read(StreamingStatus), store.query("log")

    assert log
    assert (streaming.landed, streaming.behind, streaming.starts) == (RATINGS, 0, 1)
    assert (log.behind, log.batch) == (0, 1)
    assert store.read(ApiStatus).accepted == 1
    assert store.read(BatchStatus).heartbeat_ms
    assert sum(store.read(SpeedStatus).fresh.values()) == 1


def test_streaming_goes_on_from_the_checkpoint(previous: Previous) -> None:
    identity = TopicStore(previous.client, previous.keys).identity()
    reflected = TrendStore(previous.client, previous.keys).reflected()
    assert identity

    side = opened(
        previous.folder / "checkpoints", identity, schema(), ends(previous.log()), reflected
    )

    assert {name: mark.end for name, mark in side.marks.items()} == {
        "log": ends(previous.log()),
        "trends": reflected,
    }


def test_the_state_folder_is_known(previous: Previous) -> None:
    found = installation(previous.folder)

    assert found
    assert (found.made_by, found.key_prefix) == ("0.1.0", PREFIX)

"""A topic with another number of partitions than the setting: its own number holds everywhere."""

import itertools
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from fastapi import FastAPI

from api.app import create_app
from api.wiring import build
from contracts.partitioner import partition_of
from contracts.settings import Settings
from contracts.topics import topic_configs
from harness.eventually import eventually
from harness.reelstream.command_runner import reelstream
from kafka_clients import Admin
from reelstream.supervisor import Child, Supervisor
from tests.api.client import ask_app

pytestmark = pytest.mark.integration

MOVIE, BY_HAND = 10, 20
WITHIN_S = 60


@pytest.fixture(params=[1, 6])
def partitions(request: pytest.FixtureRequest, settings: Settings) -> int:
    """Of a topic that is there; the setting says another number."""
    count: int = request.param
    assert settings.partitions != count
    with closing(Admin(settings.kafka)) as admin:
        admin.create(topic_configs(settings.topics, count))
    return count


def one_of_each(partitions: int) -> Iterator[int]:
    """A user of every partition."""
    for partition in range(partitions):
        yield next(u for u in itertools.count(1) if partition_of(u, partitions) == partition)


@pytest.fixture
def app(settings: Settings) -> Iterator[FastAPI]:
    """The API, which writes, and stops writing at the end."""
    stopping = threading.Event()
    services = build(settings, stopping.is_set)
    with services.writer.running():
        yield create_app(services)
        stopping.set()


def test_people_of_every_partition_rate_and_are_read(
    app: FastAPI, environment: dict[str, str], supervisor: Supervisor, partitions: int
) -> None:
    supervisor.start(Child("speed", reelstream("speed", "run"), environment))
    users = list(one_of_each(partitions))

    def rates(user: int) -> bool:
        body = {"movie_id": MOVIE, "rating": 4}
        return ask_app(app, "POST", f"/users/{user}/ratings", body).is_success

    def movies_of(user: int) -> set[int]:
        answer = ask_app(app, "GET", f"/users/{user}/ratings").json()
        return {item["movie_id"] for item in answer["items"]}

    # Its connection is made in the background.
    eventually(lambda: rates(users[0]), WITHIN_S, "a rating taken", 0.3)
    assert all(map(rates, users))
    by_hand = reelstream("producer", "rate", str(users[-1]), str(BY_HAND), "3.5")
    subprocess.run(by_hand, env=environment, check=True, stdout=subprocess.DEVNULL)

    eventually(lambda: movies_of(users[-1]) == {MOVIE, BY_HAND}, WITHIN_S, "both movies", 0.3)
    others = users[:-1]
    eventually(
        lambda: all(movies_of(user) == {MOVIE} for user in others), WITHIN_S, "one movie each", 0.3
    )

"""Kafka frozen and killed below a running API: who reads notices nothing, who writes is told."""

import json
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from api.kafka_writer import PATIENCE_S
from contracts.process_status import ApiStatus
from contracts.settings import KafkaClient
from contracts.topics import Topics, topic_configs
from harness.builders import PARTITIONS
from harness.eventually import eventually
from harness.killable_services import KillableService, own_kafka
from redis_store.connection import connect
from redis_store.status import StatusStore
from tests.api.api_process import RATE, USER, Answer, ApiProcess, p90_s, serving
from tests.kafka_clients.numbered_records import everything

pytestmark = pytest.mark.integration

WITHIN_S = 10.0
"""Of Kafka's return ratings are written again."""
ENDS_WITHIN_S = 5.0
AT_ONCE_S = 1.0
"""What waits for nothing takes no longer, on a busy machine."""
READ = [f"/users/{USER}/recommendations", "/popular", "/movies/1", "/health/live"]
HARMS = {
    "frozen": (KillableService.freeze, KillableService.thaw),
    "killed": (KillableService.kill, KillableService.start),
}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KillableService]:
    topics = topic_configs(Topics(), PARTITIONS)
    with own_kafka(tmp_path_factory.mktemp("broker"), topics) as one:
        yield one


@contextmanager
def harmed(broker: KillableService, harm: str) -> Iterator[None]:
    """Within, Kafka is frozen or dead."""
    happen, end = HARMS[harm]
    happen(broker)
    try:
        yield
    finally:
        end(broker)


@pytest.mark.parametrize("library", ["kafka-python", "confluent-kafka"])
@pytest.mark.parametrize("harm", HARMS)
def test_readers_notice_nothing_and_ratings_are_soon_written_again(
    broker: KillableService, tmp_path: Path, library: KafkaClient, harm: str
) -> None:
    with serving(tmp_path, broker.address, library) as served:
        written(served)
        eventually(lambda: is_ready(served), WITHIN_S, "ready", 0.3, excused=OSError)
        before = served.load([*READ, RATE], seconds=2, each_second=50)

        with harmed(broker, harm):
            during = served.load([*READ, RATE], seconds=PATIENCE_S + 2, each_second=50)
            refused = served.read(RATE)
            eventually(lambda: says_why(served), WITHIN_S, "the reason", 0.3, excused=OSError)
        began = time.monotonic()
        acknowledged = written(served)
        back_s = time.monotonic() - began

        eventually(lambda: is_ready(served), WITHIN_S, "ready", 0.3, excused=OSError)
        assert back_s < WITHIN_S
        assert {one.status for one in of(READ, during)} == {200}
        assert p90_s(of(READ, during)) <= 0.25 + p90_s(of(READ, before))
        assert {one.status for one in of([RATE], during)} == {503}
        assert max(one.seconds for one in during) < PATIENCE_S + 2
        assert refused.json == {"detail": "Kafka does not answer; the rating was not sent"}
        assert "retry-after: 2" in refused.head
        assert refused.seconds < AT_ONCE_S
        assert ids_of([*of([RATE], before), acknowledged]) <= in_the_topic(broker)
        assert "Traceback" not in served.said.read_text()


@pytest.mark.parametrize(
    ("query", "harm", "status"), [("?wait=visible", None, 201), ("", "frozen", 503)]
)
def test_a_rating_that_waits_is_answered_when_the_api_is_told_to_stop(
    broker: KillableService, tmp_path: Path, query: str, harm: str | None, status: int
) -> None:
    with serving(tmp_path, broker.address) as served, ThreadPoolExecutor() as pool:
        written(served)
        with harmed(broker, harm) if harm else nullcontext():
            waiting = pool.submit(served.read, RATE + query)
            assert wait([waiting], AT_ONCE_S).not_done

            began = time.monotonic()
            served.api.send_signal(signal.SIGTERM)
            code = served.api.wait(2 * ENDS_WITHIN_S)

        assert time.monotonic() - began < ENDS_WITHIN_S
        assert (code, waiting.result().status) == (0, status)
        assert "Traceback" not in served.said.read_text()


def written(served: ApiProcess) -> Answer:
    """The answer to the first rating that is acknowledged."""

    def rates() -> Answer | None:
        answer = served.read(RATE)
        return answer if answer.status == 201 else None

    return eventually(rates, 2 * WITHIN_S, "a rating acknowledged", 0.3, excused=OSError)


def is_ready(served: ApiProcess) -> bool:
    return served.read("/health/ready").status == 200


def says_why(served: ApiProcess) -> bool:
    """Whether readiness and status say that ratings are not written."""
    reasons = served.read("/health/ready").json["reasons"]
    settings = served.settings
    beats = StatusStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    told = [*reasons, beats.read(ApiStatus).trouble]
    return [one.split(" for ")[0] for one in told] == [
        "cannot write: Kafka has acknowledged nothing"
    ] * 2


def of(paths: list[str], answers: list[Answer]) -> list[Answer]:
    return [one for one in answers if one.path in paths]


def ids_of(answers: list[Answer]) -> set[str]:
    """Events that were acknowledged."""
    return {one.json["event_id"] for one in answers if one.status == 201}


def in_the_topic(broker: KillableService) -> set[str]:
    found = everything(broker.address, Topics().ratings).values()
    return {json.loads(one.record.value or b"")["event_id"] for some in found for one in some}

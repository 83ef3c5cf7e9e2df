"""Redis frozen and killed below a running API, with readers at every route."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.eventually import eventually
from redis_store.connection import connect
from tests.api.api_process import USER, ApiProcess, fill, p99_s, serving

pytestmark = pytest.mark.integration

READY = "/health/ready"
FROM_MEMORY = [
    f"/users/{USER}/recommendations",
    "/popular",
    "/movies/1",
    "/trending?window=1h",
    "/trending?window=1h&by=genre",
    "/activity?window=1d",
]
REFUSED = [f"/users/{USER}/ratings", READY]
UNTOUCHED = ["/movies?search=a", "/personas", "/health/live", "/start"]
ROUTES = FROM_MEMORY + REFUSED + UNTOUCHED
P99_S = 0.25
ENDS_WITHIN_S = 5


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ApiProcess]:
    with serving(tmp_path) as one:
        eventually(lambda: healthy(one), 30, "healthy", 0.3, excused=OSError)
        yield one


def healthy(served: ApiProcess) -> bool:
    """Whether every route answers from the store; it is not ready, having no Kafka."""
    answers = [served.read(path) for path in ROUTES if path != READY]
    return all(one.status == 200 and not one.degraded for one in answers)


def test_readers_do_not_wait_for_a_frozen_redis(served: ApiProcess) -> None:
    before = served.load(ROUTES, seconds=2, each_second=50)
    with served.redis.frozen():
        answers = served.load(ROUTES, seconds=4, each_second=50)
    asked_last = answers[-len(ROUTES) :]

    assert p99_s(answers) <= P99_S + p99_s(before)  # what a busy machine takes is not Redis's
    assert {one.status for one in answers} <= {200, 503}
    assert {one.path for one in asked_last if one.degraded} == set(FROM_MEMORY)
    assert {one.path for one in asked_last if one.status == 503} == set(REFUSED)
    eventually(lambda: healthy(served), 3, "healthy again", 0.3, excused=OSError)


def test_a_redis_that_was_started_again_is_found_at_once(served: ApiProcess) -> None:
    served.redis.kill()
    served.redis.start()

    eventually(lambda: healthy(served), 3, "healthy again", 0.3, excused=OSError)


def test_an_emptied_redis_is_not_taken_for_one_where_nobody_said_anything(
    served: ApiProcess,
) -> None:
    path = FROM_MEMORY[0]
    client = connect(served.settings.redis_url, timeout_s=5)
    client.flushall()
    emptied = served.read(path)
    fill(served.settings)

    assert (emptied.status, emptied.degraded, served.read(path).degraded) == (200, True, False)


def test_the_api_ends_beside_a_frozen_redis(served: ApiProcess) -> None:
    with served.redis.frozen():
        served.load(ROUTES, seconds=0.5, each_second=100)
        asked = time.monotonic()
        served.api.terminate()
        code = served.api.wait(ENDS_WITHIN_S)

    assert (code, time.monotonic() - asked < ENDS_WITHIN_S) == (0, True)

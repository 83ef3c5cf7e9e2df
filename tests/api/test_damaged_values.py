"""One damaged value of any family: no route and no `status` fails, and none says what is wrong."""

import asyncio
import time
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.background import BackgroundTasks
from api.dependencies import assemble
from contracts.clock import now_ms
from contracts.settings import Settings
from harness.builders import own_keys
from redis_store.connection import Client, connect
from reelstream.status_observer import observer
from reelstream.status_types import Status
from tests.api import damaged_values
from tests.api.damaged_values import FAMILIES, MENDED, RATED, UNREAD, USER, Damage, Family

pytestmark = pytest.mark.integration

ROUTES = [
    f"/users/{USER}/recommendations",
    f"/users/{USER}/ratings",
    "/users/8/recommendations",
    "/popular",
    "/popular?genre=Drama",
    f"/movies/{RATED}",
    "/movies?search=alien",
    "/trending?window=10m",
    "/trending?window=7d&by=genre",
    "/activity?window=1h",
    "/activity?window=7d",
    "/personas",
    "/health/live",
    "/health/ready",
]
WITHIN_S = 2.0
"""For all routes together."""


class Store:
    """Redis with a value of every family, and who reads it."""

    def __init__(self, redis_url: str) -> None:
        self.client: Client = connect(redis_url, timeout_s=5)
        self.keys = own_keys()
        damaged_values.fill(self.client, self.keys)
        nowhere = "127.0.0.1:1"
        self.settings = Settings(
            kafka=nowhere, redis_url=redis_url, key_prefix=self.keys.prefix, state="nowhere"
        )

        self.app = create_app(damaged_values.services(self.settings, self.keys))

    def fresh_app(self) -> FastAPI:
        """The application, remembering nothing."""
        self.app.state.dependencies = assemble(damaged_values.services(self.settings, self.keys))
        return self.app

    def status(self) -> Status:
        return observer(self.settings, None, now_ms()).status()


def answers(app: FastAPI) -> dict[str, httpx.Response]:
    """What it says to every route, its background tasks done before and after."""

    async def ask() -> dict[str, httpx.Response]:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return {path: await client.get(path) for path in ROUTES}

    deps = app.state.dependencies
    tasks = BackgroundTasks(
        [deps.services.catalogue.refresh, deps.feed.refresh, deps.heartbeat.beat]
    )
    tasks.once()
    found = asyncio.run(ask())
    tasks.once()
    return found


def body(answer: httpx.Response) -> Any:
    return answer.json()


@pytest.fixture(scope="module")
def store(redis_url: str) -> Store:
    return Store(redis_url)


def test_every_route_answers_from_a_sound_store(store: Store) -> None:
    found = answers(store.fresh_app())

    assert {path: one.status_code for path, one in found.items()} == dict.fromkeys(ROUTES, 200)
    assert not [path for path, one in found.items() if body(one).get("degraded")]
    assert not [line for line in store.status().wrong if "damaged" in line]


@pytest.mark.parametrize("name", FAMILIES)
def test_a_damaged_value_is_survived_and_named(store: Store, name: str) -> None:
    key = FAMILIES[name](store.keys)
    told = name not in UNREAD | MENDED
    damages = list(damaged_values.junk(store.client, key))

    unnamed = [how for how, damage in damages if not survived(store, name, damage) and told]

    assert unnamed == []


@pytest.mark.parametrize("name", FAMILIES)
def test_a_value_with_more_or_less_than_it_has_is_survived(store: Store, name: str) -> None:
    for _, damage in list(damaged_values.odd(store.client, FAMILIES[name](store.keys))):
        survived(store, name, damage)


def survived(store: Store, name: str, damage: Damage) -> bool:
    """Ask everything, and put the value back; whether `status` named the key."""
    family: Family = FAMILIES[name]
    key = family(store.keys)
    sound = store.client.dump(key)
    damage(store.client, key)
    try:
        began = time.monotonic()
        found = answers(store.fresh_app())
        took_s = time.monotonic() - began
        wrong = store.status().wrong
    finally:
        damaged_values.restore(store.client, key, sound)
    assert {one.status_code for one in found.values()} <= {200, 404, 503}
    assert took_s < WITHIN_S
    shown = body(found[f"/users/{USER}/recommendations"])
    assert shown["degraded"] or RATED not in [item["movie_id"] for item in shown["items"]]
    return any(line.startswith("damaged: ") and key in line for line in wrong)

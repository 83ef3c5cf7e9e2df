"""The page in a browser, over fakes."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from playwright.sync_api import expect

from api.app import create_app
from contracts.catalogue import Catalogue, Movie, Person, Persona
from contracts.hyperloglog import REGISTERS
from contracts.trends import DAY, MINUTE, Activity, Bucket
from harness.e2e.browser import a_page
from tests.api.fakes import NOW_MS, FakeSource, FakeTrends, World

pytestmark = pytest.mark.e2e

HOSTILE = "<img src=x onerror=alert(1)><b>=cmd|'/C calc'!A0</b> \u200fשלום"
WORLD = World(
    source=FakeSource(
        Catalogue(
            [Movie(1, HOSTILE, 1999, ("<i>Drama</i>",), None, None, likes=9)],
            [
                Persona(7, 99, ("Sci-Fi",), (1,), Person(7, "24", "M", "technician")),
                Persona(8, 60, ("War", "<u>Western</u>"), (1,)),
            ],
        )
    )
)


MINUTE_NOW = Bucket(MINUTE, NOW_MS // 60_000 * 60)
DAY_NOW = Bucket(DAY, NOW_MS // 86_400_000 * 86_400)
BUSY = World(
    trends=FakeTrends(
        {MINUTE_NOW: {"m:1": (3, 24)}, DAY_NOW: {"m:2": (9, 72), "m:1": (5, 40)}},
        {
            MINUTE_NOW: Activity(4, 1, 3, b"\1" + bytes(REGISTERS - 1)),
            DAY_NOW: Activity(20_000, 1, 4210, b"\1" * 120 + bytes(REGISTERS - 120)),
        },
    )
)


@contextmanager
def served(world: World) -> Iterator[str]:
    """The address of an application over this world."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        create_app(world.services()), log_level="warning", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def test_titles_and_genres_are_shown_as_text() -> None:
    with served(WORLD) as address, a_page() as page:
        page.goto(address)
        page.get_by_text("24, male").wait_for()
        title = page.locator("#list .title").first.text_content()
        made = page.locator("#list img, #list .title b, #list i, #people img, #people u").count()

    assert (title, made) == (f"{HOSTILE}1999", 0)


def test_a_persona_is_told_by_who_it_is_and_what_it_likes() -> None:
    with served(WORLD) as address, a_page() as page:
        page.goto(address)
        page.get_by_text("24, male").wait_for()
        told = page.locator("#people strong").all_text_contents()

    assert told == ["You", "24, male, technician, likes Sci-Fi", "Likes War and <u>Western</u>"]


def test_the_window_of_what_trends_can_be_chosen_and_its_activity_is_told() -> None:
    with served(BUSY) as address, a_page() as page:
        page.goto(address)
        expect(page.locator("#trending li span:first-child")).to_have_text(["Alien"])
        expect(page.locator("#activity")).to_have_text(
            "About 1 person active in the last 10 minutes, 3 ratings, 25 % rejected"
        )
        page.get_by_role("button", name="week").click()

        expect(page.locator("#trending li span:first-child")).to_have_text(["Aliens", "Alien"])
        expect(page.locator("#activity")).to_have_text(
            "About 124 people active in the last week, 4,210 ratings, 0 % rejected"
        )
        expect(page.locator("#windows button")).to_have_text(["10 min", "hour", "day", "week"])

"""The page in a browser, over fakes."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn

from api.app import create_app
from contracts.catalogue import Catalogue, Movie, Person, Persona
from tests.api.fakes import FakeSource, World
from tests.e2e.browser import a_page

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

"""Health, start-up, the live line, upkeep and the page."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from api.live import stream
from api.page import PAGE, policy
from api.shelf import Shelf, Shelves
from api.stories import Stories, tell
from api.upkeep import Upkeep
from contracts.catalogue import save
from contracts.histories import DISMISSED, RETRACTED
from contracts.store.connection import StoreError
from contracts.store.status import Story
from tests.api.builders import active
from tests.api.client import ask, get
from tests.api.fakes import CATALOGUE, FakeReader, FakeSource, FakeStatus, World

RATED = Story(514, 1, 10, 38, gained=(2,), lost=(4,))


def test_it_is_live_whatever_is_away() -> None:
    world = World(FakeReader(trouble=StoreError("away")))

    assert get(world, "/health/live") == {"live": True}


def test_it_is_ready_when_a_model_is_active() -> None:
    answer = get(World(FakeReader(active())), "/health/ready")

    assert answer == {"ready": True, "reasons": []}


@pytest.mark.parametrize(
    ("reader", "reason"),
    [
        (FakeReader(), "no model is active yet"),
        (FakeReader(trouble=StoreError("away")), "the store does not answer"),
    ],
)
def test_it_is_not_ready_and_says_why(reader: FakeReader, reason: str) -> None:
    answer = ask(World(reader), "GET", "/health/ready")

    assert (answer.status_code, answer.json()) == (503, {"ready": False, "reasons": [reason]})


def test_the_checklist_is_the_files(tmp_path: Path) -> None:
    steps = '{"steps": [{"name": "Kafka", "state": "done", "detail": ""}], "message": "hello"}'
    (tmp_path / "progress.json").write_text(steps)

    answer = get(World(folder=tmp_path), "/start")

    assert answer["steps"] == [{"name": "Kafka", "state": "done", "detail": ""}]
    assert answer["message"] == "hello"


@pytest.mark.parametrize("content", [None, "", "[]", '{"steps": 1}'])
def test_without_a_checklist_there_are_no_steps(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "progress.json").write_text(content)

    assert get(World(folder=tmp_path), "/start")["steps"] == []


@pytest.mark.parametrize(
    ("story", "text"),
    [
        (RATED, "user 514 rated Alien ★5 → list changed in 38 ms: + Aliens, \u2212 Speed"),
        (Story(514, 1, 9, 38, (), ()), "user 514 rated Alien ★4.5 → list confirmed in 38 ms"),
        (
            Story(2_000_000_000, 1, RETRACTED, 38, (2,), ()),
            "a visitor took back the rating of Alien → list changed in 38 ms: + Aliens",
        ),
        (Story(514, 1, DISMISSED, 7, (), ()), "user 514 dismissed Alien → list confirmed in 7 ms"),
    ],
)
def test_a_story_is_told_in_words(story: Story, text: str) -> None:
    assert tell(story, Shelf(CATALOGUE)).text == text


def test_a_visitors_id_is_not_told() -> None:
    told = tell(Story(2_000_000_000, 1, 10, 38, (), ()), Shelf(CATALOGUE))

    assert told.user_id is None


def test_of_many_stories_the_newest_that_changed_a_list_is_kept() -> None:
    unchanged = Story(515, 1, 10, 38, (), ())
    status = FakeStatus(stories=[("1-0", unchanged)])
    stories = _stories(status)
    stories.refresh()
    status.stories += [("2-0", RATED), ("3-0", unchanged)]

    stories.refresh()

    assert stories.newest is not None
    assert stories.newest[0] == "2-0"


def test_the_stream_tells_a_story_once_and_ends_when_the_server_stops() -> None:
    stories = _stories(FakeStatus(stories=[("1-0", RATED)]))
    stories.refresh()
    looks = iter([False, False, True])

    lines = asyncio.run(_collected(stories, lambda: next(looks)))

    assert lines[0] == ": listening\n\n"
    assert lines[1].startswith('id: 1-0\ndata: {"text":"user 514 rated Alien')
    assert len(lines) == 2


def test_upkeep_goes_on_with_the_next_task_when_the_store_is_away() -> None:
    done: list[str] = []

    def fail() -> None:
        raise StoreError("away")

    Upkeep([fail, lambda: done.append("next")]).once()

    assert done == ["next"]


def test_upkeep_is_done_at_the_beginning_and_at_the_end() -> None:
    done: list[str] = []

    with Upkeep([lambda: done.append("done")]).running():
        pass

    assert len(done) == 2


def test_the_catalogues_file_replaces_the_stores_as_soon_as_it_appears(tmp_path: Path) -> None:
    shelves = Shelves(tmp_path / "catalogue.json", FakeSource(None))
    shelves.refresh()
    before = len(shelves.shelf)
    save(tmp_path / "catalogue.json", CATALOGUE)

    shelves.refresh()

    assert (before, len(shelves.shelf)) == (0, 5)


def test_a_damaged_catalogue_file_leaves_the_stores(tmp_path: Path) -> None:
    (tmp_path / "catalogue.json").write_text("{")
    shelves = Shelves(tmp_path / "catalogue.json", FakeSource())

    shelves.refresh()

    assert len(shelves.shelf) == 5


def test_the_page_runs_its_own_script_and_nothing_from_elsewhere() -> None:
    answer = ask(World(), "GET", "/")
    content = PAGE.read_text(encoding="utf-8")

    assert answer.text == content
    assert answer.headers["content-security-policy"] == policy(content)
    assert not re.search(r'(src|href)="(https?:)?//', content)
    assert "innerHTML" not in content


def _stories(status: FakeStatus) -> Stories:
    return Stories(status, World().services().shelves)


async def _collected(stories: Stories, stopping: Callable[[], bool]) -> list[str]:
    return [line async for line in stream(stories, stopping)]

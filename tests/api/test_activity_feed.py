"""How ratings changed lists: in words, and as a stream."""

import asyncio
from collections.abc import Callable

import pytest

from api.activity_feed import ActivityFeed, feed_item
from api.catalogue_index import CatalogueIndex
from api.routes.activity_stream import stream
from contracts.histories import DISMISSED, RETRACTED
from redis_store.status import ListChange
from tests.api.fakes import CATALOGUE, FakeStatus, World

RATED = ListChange(514, 1, 10, 38, gained=(2,), lost=(4,))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (RATED, "user 514 rated Alien ★5 → list changed in 38 ms: + Aliens, \u2212 Speed"),
        (ListChange(514, 1, 9, 38, (), ()), "user 514 rated Alien ★4.5 → list confirmed in 38 ms"),
        (
            ListChange(2_000_000_000, 1, RETRACTED, 38, (2,), ()),
            "a visitor took back the rating of Alien → list changed in 38 ms: + Aliens",
        ),
        (
            ListChange(514, 1, DISMISSED, 7, (), ()),
            "user 514 dismissed Alien → list confirmed in 7 ms",
        ),
    ],
)
def test_a_list_change_is_told_in_words(change: ListChange, text: str) -> None:
    assert feed_item(change, CatalogueIndex(CATALOGUE)).text == text


def test_a_visitors_id_is_not_told() -> None:
    told = feed_item(ListChange(2_000_000_000, 1, 10, 38, (), ()), CatalogueIndex(CATALOGUE))

    assert told.user_id is None


def test_of_many_stories_the_newest_that_changed_a_list_is_kept() -> None:
    unchanged = ListChange(515, 1, 10, 38, (), ())
    status = FakeStatus(list_changes=[("1-0", unchanged)])
    feed = _feed(status)
    feed.refresh()
    status.list_changes += [("2-0", RATED), ("3-0", unchanged)]

    feed.refresh()

    assert feed.newest is not None
    assert feed.newest[0] == "2-0"


def test_the_stream_tells_a_story_once_and_ends_when_the_server_stops() -> None:
    feed = _feed(FakeStatus(list_changes=[("1-0", RATED)]))
    feed.refresh()
    looks = iter([False, False, True])

    lines = asyncio.run(_collected(feed, lambda: next(looks)))

    assert lines[0] == ": listening\n\n"
    assert lines[1].startswith('id: 1-0\ndata: {"text":"user 514 rated Alien')
    assert len(lines) == 2


def _feed(status: FakeStatus) -> ActivityFeed:
    return ActivityFeed(status, World().services().catalogue)


async def _collected(feed: ActivityFeed, stopping: Callable[[], bool]) -> list[str]:
    return [line async for line in stream(feed, stopping)]

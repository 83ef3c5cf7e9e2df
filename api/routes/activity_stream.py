"""The activity feed as Server-Sent Events."""

import asyncio
from collections.abc import AsyncIterator, Callable

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from api.activity_feed import ActivityFeed
from api.dependencies import Deps

LOOK_S = 0.25
STORY_EVERY = 4
COMMENT_EVERY = 20
"""In looks: a list change a second at most, a comment every five seconds."""

router = APIRouter(tags=["live"])


@router.get("/live", response_class=StreamingResponse)
async def live(deps: Deps) -> StreamingResponse:
    """At most one list change a second: who rated what, and how it changed their list."""
    lines = stream(deps.feed, deps.services.stopping)
    return StreamingResponse(lines, media_type="text/event-stream")


async def stream(feed: ActivityFeed, stopping: Callable[[], bool]) -> AsyncIterator[str]:
    """List changes as they come, comments in between, until the server stops or the client goes."""
    sent_id, look = "", 0
    yield ": listening\n\n"
    while not stopping():
        newest = feed.newest
        if newest and newest[0] != sent_id and look % STORY_EVERY == 0:
            sent_id = newest[0]
            yield f"id: {sent_id}\ndata: {newest[1].model_dump_json()}\n\n"
        look += 1
        if look % COMMENT_EVERY == 0:
            yield ": still here\n\n"
        await asyncio.sleep(LOOK_S)

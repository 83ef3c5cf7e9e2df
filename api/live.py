"""The live line as Server-Sent Events."""

import asyncio
from collections.abc import AsyncIterator, Callable

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from api.parts import Here
from api.stories import Stories

LOOK_S = 0.25
STORY_EVERY = 4
COMMENT_EVERY = 20
"""In looks: a story a second at most, a comment every five seconds."""

router = APIRouter(tags=["live"])


@router.get("/live", response_class=StreamingResponse)
async def live(here: Here) -> StreamingResponse:
    """At most one story a second: who rated what, and what it did to the list."""
    lines = stream(here.stories, here.services.stopping)
    return StreamingResponse(lines, media_type="text/event-stream")


async def stream(stories: Stories, stopping: Callable[[], bool]) -> AsyncIterator[str]:
    """Stories as they come, comments in between, until the server stops or the client goes."""
    told, look = "", 0
    yield ": listening\n\n"
    while not stopping():
        newest = stories.newest
        if newest and newest[0] != told and look % STORY_EVERY == 0:
            told = newest[0]
            yield f"id: {told}\ndata: {newest[1].model_dump_json()}\n\n"
        look += 1
        if look % COMMENT_EVERY == 0:
            yield ": still here\n\n"
        await asyncio.sleep(LOOK_S)

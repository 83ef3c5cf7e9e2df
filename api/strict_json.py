"""Request bodies as strict JSON, by the parser of events."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute

from contracts.event_parser import MalformedEvent, Reason, json_object

NOT_STRICT = {
    Reason.dup_key: "a key occurs twice",
    Reason.encoding: "text that is not valid UTF-8, or ambiguous",
}
"""What is wrong with a body, without repeating it."""


class StrictRequest(Request):
    """A request whose JSON is read by the parser of events."""

    async def json(self) -> Any:
        """The body's object.

        Raises:
            HTTPException: 422, if a key occurs twice, or it is not a JSON object in UTF-8.
        """
        try:
            return json_object(await self.body())
        except MalformedEvent as error:
            why = NOT_STRICT.get(error.reason, "not a JSON object")
            raise HTTPException(422, f"body: {why}") from error


class StrictRoute(APIRoute):
    """A route that takes bodies."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, given a strict request."""
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            return await handle(StrictRequest(request.scope, request.receive))

        return handle_strictly

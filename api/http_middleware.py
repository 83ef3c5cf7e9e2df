"""HTTP of all routes: headers, HEAD, `Allow`."""

import asyncio

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.datastructures import MutableHeaders
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


class WithHeaders:
    """Puts the same headers on every answer, errors and streams included."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap this application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, adding headers where an answer begins."""

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, add if scope["type"] == "http" else send)


class Heads:
    """Answers HEAD as GET, without the body; what would go on and on is ended."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap this application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, HEAD as GET."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            await self._answer(dict(scope, method="GET"), receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = asyncio.Event()

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body"})
                begun.set()

        answering = asyncio.ensure_future(self._app(scope, receive, send_head))
        head = asyncio.ensure_future(begun.wait())
        try:
            await asyncio.wait((answering, head), return_when=asyncio.FIRST_COMPLETED)
            if not begun.is_set():
                await answering  # has failed, and says how
        finally:
            answering.cancel()
            head.cancel()
            await asyncio.wait((answering, head))


def not_allowed(request: Request, _: Exception) -> JSONResponse:
    """Say which methods the path takes, of all its routes."""

    def takes(method: str) -> bool:
        asked = dict(request.scope, method=method)
        return any(route.matches(asked)[0] is Match.FULL for route in request.app.routes)

    allowed = [method for method in METHODS if takes(method)]
    allowed += ["HEAD"] if "GET" in allowed else []
    return JSONResponse({"detail": "Method Not Allowed"}, 405, {"Allow": ", ".join(allowed)})

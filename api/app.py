"""The application: routes, error answers, headers, upkeep."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import films, health, live, people, trends
from api.answers import Problem
from api.page import page_router
from api.parameters import given_once
from api.parts import Parts, assemble
from api.services import Services
from api.upkeep import Upkeep
from contracts.histories import CorruptValue
from contracts.store.connection import StoreError

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 16_384
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_app(services: Services) -> FastAPI:
    """The application over these services."""
    parts = assemble(services)
    app = FastAPI(
        title="Reelstream",
        summary="Movie recommendations that follow each rating within a moment.",
        lifespan=lambda _: _upkeep(parts),
        dependencies=[Depends(given_once)],
        responses={422: {"model": Problem}},
        redirect_slashes=False,
        max_body_size=MAX_BODY_BYTES,
    )
    app.state.parts = parts
    for room in (people, films, trends, health, live):
        app.include_router(room.router)
    app.include_router(page_router())
    _map_errors(app)
    app.add_middleware(WithHeaders)
    return app


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


@asynccontextmanager
async def _upkeep(parts: Parts) -> AsyncIterator[None]:
    tasks = [parts.services.shelves.refresh, parts.heartbeat.beat, parts.stories.refresh]
    with Upkeep(tasks).running():
        yield


def _map_errors(app: FastAPI) -> None:
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(StoreError, _store_away)
    app.add_exception_handler(CorruptValue, _damaged)
    app.add_exception_handler(ConnectionError, _kafka_away)
    app.add_exception_handler(TimeoutError, _kafka_away)


def _invalid(_: Request, error: Exception) -> JSONResponse:
    """Say which field is wrong, never what was sent."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    # The name of a field that we do not know is the sender's text.
    path = first["loc"][:-1] if first["type"] == "extra_forbidden" else first["loc"]
    where = ".".join(str(part) for part in path)
    why = first["msg"].removeprefix("Value error, ")
    return JSONResponse({"detail": f"{where}: {why}"}, 422)


def _store_away(_: Request, __: Exception) -> JSONResponse:
    return _away("the store does not answer")


def _damaged(_: Request, __: Exception) -> JSONResponse:
    return _away("a stored value is damaged")


def _kafka_away(_: Request, error: Exception) -> JSONResponse:
    log.warning("a rating was not acknowledged: %s", str(error) or type(error).__name__)
    return _away("Kafka did not acknowledge it")


def _away(detail: str) -> JSONResponse:
    return JSONResponse({"detail": detail}, 503, {"Retry-After": "2"})

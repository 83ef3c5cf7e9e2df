"""The application: routes, error responses, headers, background tasks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from api.background import BackgroundTasks
from api.dependencies import Dependencies, assemble
from api.http_middleware import Heads, WithHeaders, not_allowed
from api.parameters import given_once
from api.routes import (
    activity_stream,
    health,
    movies,
    startup_progress,
    trends_and_activity,
    users,
)
from api.schemas import Problem
from api.services import CannotWrite, Services
from api.web_page import page_router
from contracts.stored_value_checks import CorruptValue
from redis_store.connection import StoreError

MAX_BODY_BYTES = 16_384


def create_app(services: Services) -> FastAPI:
    """The application over these services."""
    deps = assemble(services)
    app = FastAPI(
        title="Reelstream",
        summary="Movie recommendations that follow each rating within a second.",
        lifespan=lambda _: _background(deps),
        dependencies=[Depends(given_once)],
        responses={422: {"model": Problem}},
        redirect_slashes=False,
        max_body_size=MAX_BODY_BYTES,
    )
    app.state.dependencies = deps
    for room in (users, movies, trends_and_activity, health, startup_progress, activity_stream):
        app.include_router(room.router)
    app.include_router(page_router())
    _map_errors(app)
    app.add_middleware(Heads)
    app.add_middleware(WithHeaders)
    return app


@asynccontextmanager
async def _background(deps: Dependencies) -> AsyncIterator[None]:
    breaker = deps.breaker
    asking = map(breaker.unless_silent, (deps.heartbeat.beat, deps.feed.refresh))
    tasks = [deps.services.catalogue.refresh, breaker.listen, *asking]
    with BackgroundTasks(tasks).running(), deps.services.writer.running():
        yield


def _map_errors(app: FastAPI) -> None:
    app.add_exception_handler(405, not_allowed)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(StoreError, _store_away)
    app.add_exception_handler(CorruptValue, _damaged)
    app.add_exception_handler(ConnectionError, _kafka_away)
    app.add_exception_handler(CannotWrite, _not_sent)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    """Say which field is wrong, never what was sent."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    # The name of a field that we do not know is the sender's text.
    path = first["loc"][:-1] if first["type"] == "extra_forbidden" else first["loc"]
    where = ".".join(str(part) for part in path)
    why = first["msg"].removeprefix("Value error, ")
    return JSONResponse({"detail": f"{where}: {why}"}, 422)


async def _store_away(_: Request, __: Exception) -> JSONResponse:
    return _away("the store does not answer")


async def _damaged(_: Request, __: Exception) -> JSONResponse:
    return _away("a stored value is damaged")


async def _kafka_away(_: Request, __: Exception) -> JSONResponse:
    return _away("Kafka did not acknowledge it; it may still arrive")


async def _not_sent(_: Request, error: Exception) -> JSONResponse:
    return _away(str(error))


def _away(detail: str) -> JSONResponse:
    return JSONResponse({"detail": detail}, 503, {"Retry-After": "2"})

"""What HTTP asks of every route alike, as tables over all of them."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from api.app import create_app
from api.http_middleware import METHODS
from redis_store.connection import NoAnswer
from tests.api.builders import active
from tests.api.fakes import FakeReader, World

IDS = {"user_id": 7, "movie_id": 1}
NEEDED = {"/movies": "?search=a"}
BODY = b'{"movie_id": 1, "rating": 4.5}'
PATHS: dict[str, dict[str, Any]] = create_app(World().services()).openapi()["paths"]
READ = ["/", "/openapi.json", "/docs"] + [
    path.format(**IDS) + NEEDED.get(path, "") for path, has in PATHS.items() if "get" in has
]
ENDLESS = "/live"
WITH_BODIES = [
    (method.upper(), path.format(**IDS))
    for path, has in PATHS.items()
    for method, operation in has.items()
    if "requestBody" in operation
]


def send(
    method: str,
    path: str,
    content: bytes | None = None,
    world: World | None = None,
    kind: str = "application/json",
) -> httpx.Response:
    """The answer to these bytes, said to be JSON."""
    app = create_app((world or World(FakeReader(active()))).services())

    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            told = {"Content-Type": kind}
            return await client.request(method, path, content=content, headers=told)

    return asyncio.run(asyncio.wait_for(answer(), timeout=10))


@pytest.mark.parametrize("path", READ)
def test_head_is_answered_like_get_without_a_body(path: str) -> None:
    head = send("HEAD", path)

    assert (head.status_code, head.content) == (200, b"")
    if path != ENDLESS:
        assert head.headers == send("GET", path).headers


def test_head_of_what_fails_fails_alike() -> None:
    away = World(FakeReader(trouble=NoAnswer("away")))
    broken = World(FakeReader(trouble=ZeroDivisionError()))

    assert send("HEAD", "/nowhere").status_code == 404
    assert send("HEAD", "/visitors").status_code == 405
    assert send("HEAD", "/movies/1", world=away).status_code == 503
    assert send("HEAD", "/movies/1", world=broken).status_code == 500


@pytest.mark.parametrize("path", PATHS)
def test_a_method_that_a_path_lacks_is_answered_with_all_that_it_has(path: str) -> None:
    has = {method.upper() for method in PATHS[path]}
    lacking = sorted({*METHODS, "OPTIONS"} - has)

    answers = [send(method, path.format(**IDS)) for method in lacking]

    assert {answer.status_code for answer in answers} == {405}
    for answer in answers:
        allowed = set(answer.headers["allow"].split(", "))
        assert allowed == has | ({"HEAD"} if "GET" in has else set())


NOT_STRICT = {
    "a key twice": b'{"movie_id": 1, "movie_id": 2, "rating": 4.5}',
    "a key twice, once escaped": b'{"movie_id": 1, "movie\\u005fid": 2, "rating": 4.5}',
    "a key that is no UTF-8": b'{"movie_id": 1, "rating": 4.5, "\xff": 1}',
    "UTF-16": '{"movie_id": 1, "rating": 4.5}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + BODY,
    "a number that JSON lacks": b'{"movie_id": 1, "rating": NaN}',
    "more than one value": BODY + BODY,
    "no object": b'[{"movie_id": 1, "rating": 4.5}]',
    "deep": b'{"movie_id": ' + b"[" * 8000,
    "nothing": b"",
    "blank": b"  ",
}


@pytest.mark.parametrize(("method", "path"), WITH_BODIES)
@pytest.mark.parametrize("content", NOT_STRICT.values(), ids=NOT_STRICT)
def test_a_body_that_could_mean_two_things_or_none_is_refused(
    method: str, path: str, content: bytes
) -> None:
    world = World()

    answer = send(method, path, content, world)

    assert (answer.status_code, list(answer.json())) == (422, ["detail"])
    assert world.writer.events == []


@pytest.mark.parametrize(("method", "path"), WITH_BODIES)
def test_a_strict_body_is_taken(method: str, path: str) -> None:
    assert send(method, path, BODY).status_code == 201


@pytest.mark.parametrize(("method", "path"), WITH_BODIES)
def test_a_body_that_is_too_large_is_refused(method: str, path: str) -> None:
    assert send(method, path, BODY + b" " * 20_000).status_code == 413


@pytest.mark.parametrize(("method", "path"), WITH_BODIES)
def test_a_body_must_be_said_to_be_json(method: str, path: str) -> None:
    """Another site's page cannot say so without asking first."""
    assert send(method, path, BODY, kind="text/plain").status_code == 422


def schemas(node: object) -> list[dict[str, Any]]:
    """Every JSON Schema in the document."""
    if isinstance(node, list):
        return [one for part in node for one in schemas(part)]
    if not isinstance(node, dict):
        return []
    here = [node["schema"]] if "schema" in node else []
    return here + [one for part in node.values() for one in schemas(part)]


def test_every_schema_of_the_description_is_a_json_schema() -> None:
    document = create_app(World().services()).openapi()
    found = [*schemas(document), *document["components"]["schemas"].values()]

    assert len(found) > 30
    for schema in found:
        Draft202012Validator.check_schema(schema)
        assert keywords(schema) <= KNOWN, json.dumps(schema)


KNOWN = {*Draft202012Validator.VALIDATORS, "title", "description", "default", "const", "examples"}


def keywords(schema: object) -> set[str]:
    """The words of a schema, the names of its properties left out."""
    if not isinstance(schema, dict):
        return set()
    inner = [*schema.get("properties", {}).values(), schema.get("items")]
    inner += [one for name in ("anyOf", "allOf", "oneOf") for one in schema.get(name, [])]
    return set(schema).union(*map(keywords, inner))


BOUNDED = [("limit", 1, 100), ("user_id", 1, 2**31 - 1), ("movie_id", 1, 2**31 - 1)]


@pytest.mark.parametrize(("name", "least", "most"), BOUNDED)
def test_the_description_tells_bounds(name: str, least: int, most: int) -> None:
    every = [p for has in PATHS.values() for o in has.values() for p in o.get("parameters", [])]
    bounds = {(p["schema"]["minimum"], p["schema"]["maximum"]) for p in every if p["name"] == name}

    assert (least, most) in bounds

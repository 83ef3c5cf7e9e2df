"""Asks an application in this process."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI

from api.app import create_app
from tests.api.fakes import World


def ask(world: World, method: str, path: str, body: object = None) -> httpx.Response:
    """The answer of a fresh application over this world."""
    return ask_app(create_app(world.services()), method, path, body)


def ask_app(app: FastAPI, method: str, path: str, body: object = None) -> httpx.Response:
    """The answer of this application."""

    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, json=body)

    return asyncio.run(answer())


def get(world: World, path: str) -> Any:
    """The JSON of a successful GET."""
    answer = ask(world, "GET", path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def listed_movies(world: World, user_id: int) -> list[int]:
    """The movies that a user is recommended."""
    answer = get(world, f"/users/{user_id}/recommendations")
    return [item["movie_id"] for item in answer["items"]]

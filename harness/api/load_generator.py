"""People who read and rate at a pace of their own, whatever the API does: a process of its own, so
that what is measured does not wait for who measures it.

`python -m harness.api.load_generator PORT READS WRITES SEED FILE` asks so much a second until
SIGTERM and writes a line of JSON for each answer.
"""

import asyncio
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from http import HTTPStatus
from itertools import count
from pathlib import Path
from typing import BinaryIO

import msgspec

FIRST_WRITER, WRITERS, READERS = 1_000_000_000, 200, 300
MOVIES = (1, 50, 110, 260, 296, 318, 356, 480, 527, 589, 593, 780, 1196, 1210, 1270, 2028, 2571)
GIVES_UP_AFTER_S = 30.0
READS = (
    "/users/{user}/recommendations",
    "/users/{user}/recommendations?limit=50",
    "/users/{user}/ratings",
    "/popular?genre=Drama",
    "/trending?window=1h",
    "/trending?by=genre",
    "/activity",
    "/movies/{movie}",
    "/movies?search=star",
    "/health/live",
)
"""Everything that asks the store, and what does not."""


class Answer(msgspec.Struct, frozen=True):
    """What was asked, and what came; times are of the monotonic clock.

    Attributes:
        wrote: user, movie and half-stars of a rating; None for a read.
        status: of the answer; 0 if there was none.
        degraded: whether it says so.
        place: event id, partition and offset of a rating that was acknowledged.
    """

    path: str
    due: float
    took_s: float
    status: int
    degraded: bool = False
    wrote: tuple[int, int, int] | None = None
    place: tuple[str, int, int] | None = None


class RatingPosition(msgspec.Struct):
    """Of an answer to a rating, what is looked at."""

    event_id: str
    partition: int
    offset: int


def ratings(chance: random.Random) -> Iterator[tuple[int, int, int]]:
    """User, movie and half-stars; nobody rates a movie twice, so that each can be found again."""
    for round_ in count():
        for movie in MOVIES:
            for user in range(WRITERS):
                writer = FIRST_WRITER + round_ * WRITERS + user
                yield writer, movie, chance.randint(1, 10)


class Client:
    """Asks by HTTP/1.1 on connections that are kept, and on another one where all are waiting.

    httpx looks at all of its connections for each request: with a few dozen that wait for a frozen
    service, what would be measured is httpx.
    """

    def __init__(self, host: str, port: int) -> None:
        """Connect to nothing yet."""
        self._host = host
        self._port = port
        self._idle: list[Connection] = []

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and content; no status if there is no answer."""
        try:
            async with asyncio.timeout(GIVES_UP_AFTER_S):
                return await self._ask(method, path, body)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            return 0, b""

    async def _ask(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        # The server closes what has been idle for long.
        self._idle = [one for one in self._idle if not one[0].at_eof()]
        connection = self._idle.pop() if self._idle else await self._connected()
        reader, writer = connection
        head = f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Length: {len(body)}"
        writer.write(f"{head}\r\nContent-Type: application/json\r\n\r\n".encode() + body)
        try:
            status, *lines = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
            headers = dict(line.lower().split(b": ", 1) for line in lines if line)
            content = await reader.readexactly(int(headers[b"content-length"]))
        except BaseException:
            writer.close()  # what comes after would be taken for the answer to the next
            raise
        if headers.get(b"connection") == b"close":
            writer.close()
        else:
            self._idle.append(connection)
        return int(status.split()[1]), content

    async def _connected(self) -> "Connection":
        return await asyncio.open_connection(self._host, self._port)

    def close(self) -> None:
        """Close what is kept."""
        for _, writer in self._idle:
            writer.close()


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def read(client: Client, path: str, due: float) -> Answer:
    """Ask for something."""
    status, content = await client.ask("GET", path)
    return Answer(path, due, time.monotonic() - due, status, b'"degraded":true' in content)


async def write(client: Client, wrote: tuple[int, int, int], due: float) -> Answer:
    """Rate a movie."""
    user, movie, half_stars = wrote
    path = f"/users/{user}/ratings"
    body = msgspec.json.encode({"movie_id": movie, "rating": half_stars / 2})
    status, content = await client.ask("POST", path, body)
    took_s = time.monotonic() - due
    if status != HTTPStatus.CREATED:
        return Answer(path, due, took_s, status, wrote=wrote)
    at = msgspec.json.decode(content, type=RatingPosition)
    place = (at.event_id, at.partition, at.offset)
    return Answer(path, due, took_s, status, wrote=wrote, place=place)


async def dues(per_s: float, stopping: asyncio.Event) -> AsyncIterator[float]:
    """Moments at which something is due, whether or not what was before is answered."""
    began = time.monotonic()
    for n in count():
        due = began + n / per_s
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        if stopping.is_set():
            return
        yield due


async def ask(
    per_s: float,
    stopping: asyncio.Event,
    one: Callable[[float], Coroutine[None, None, Answer]],
    out: BinaryIO,
) -> None:
    """Ask at this pace; write down every answer, the last ones too."""

    async def noted(due: float) -> None:
        out.write(msgspec.json.encode(await one(due)) + b"\n")

    async with asyncio.TaskGroup() as asked:
        async for due in dues(per_s, stopping):
            asked.create_task(noted(due))


async def visit(port: int, reads: float, writes: float, seed: int, out: BinaryIO) -> None:
    """Read and rate until SIGTERM."""
    chance, stopping = random.Random(seed), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    client, rated = Client("127.0.0.1", port), ratings(chance)

    def reading(due: float) -> Coroutine[None, None, Answer]:
        user, movie = chance.randint(1, READERS), chance.choice(MOVIES)
        return read(client, chance.choice(READS).format(user=user, movie=movie), due)

    def writing(due: float) -> Coroutine[None, None, Answer]:
        return write(client, next(rated), due)

    async with asyncio.TaskGroup() as both:
        both.create_task(ask(reads, stopping, reading, out))
        both.create_task(ask(writes, stopping, writing, out))
    client.close()


def main(port: str, reads: str, writes: str, seed: str, file: str) -> None:
    """Read and rate until SIGTERM; the answers go to the file."""
    with Path(file).open("wb") as out:
        asyncio.run(visit(int(port), float(reads), float(writes), int(seed), out))


if __name__ == "__main__":
    main(*sys.argv[1:])

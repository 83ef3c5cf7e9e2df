"""`reelstream api`: build the clients, serve until stopped."""

import errno
import socket
from typing import TYPE_CHECKING

import typer

from contracts.edge import USAGE, Failure, until_stopped

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.services import Services
    from contracts.settings import Settings

app = typer.Typer(help="Serve recommendations, ratings and the web page over HTTP.")

STORE_TIMEOUT_S = 0.5
GRACE_S = 3


@app.callback()
def api() -> None:
    """Serve recommendations, ratings and the web page over HTTP."""


@app.command()
def run() -> None:
    """Serve until SIGTERM.

    Address and port are settings: REELSTREAM_API_HOST, REELSTREAM_API_PORT.

    Starts without Kafka and without Redis: lists are then what everybody
    likes, and ratings are answered with 503 until Kafka is there.

    /health/ready says whether a model is served; /docs describes each route.
    """
    import uvicorn

    from api.app import create_app
    from contracts.settings import from_environment

    settings = from_environment()
    listening = listen(settings.api_host, settings.api_port)
    server: uvicorn.Server | None = None

    def stopping() -> bool:
        return server is not None and server.should_exit

    services = build(settings, stopping)
    config = uvicorn.Config(
        create_app(services),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = uvicorn.Server(config)
    typer.echo(f"Reelstream's page is at http://{settings.api_host}:{settings.api_port}")
    with until_stopped():
        server.run([listening])


def listen(host: str, port: int) -> socket.socket:
    """A bound socket, whose connections send at once.

    asyncio sees to that only where the protocol was named at the socket's making. Without it the
    body of every answer but a connection's first waits 40 ms for the client to acknowledge the head
    (Nagle's algorithm and delayed acknowledgement, RFC 896 and 1122).

    Raises:
        Failure: naming the setting to change.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            what, where = f"port {port} is taken", "REELSTREAM_API_PORT"
            raise Failure(what, where, "choose another", USAGE) from error
        what, where = f"cannot listen at {host}, port {port}", "REELSTREAM_API_HOST"
        raise Failure(what, where, "give an address of this machine", USAGE) from error
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def build(settings: "Settings", stopping: "Callable[[], bool]") -> "Services":
    """The real services."""
    from api.services import Services
    from api.shelf import Shelves
    from api.writer import ACKNOWLEDGED_S, KafkaWriter
    from contracts.clients import Producer
    from contracts.store.catalogue import CatalogueStore
    from contracts.store.connection import connect
    from contracts.store.reading import ReadingStore
    from contracts.store.status import StatusStore
    from contracts.store.trends import TrendStore

    client, keys = connect(settings.redis_url, STORE_TIMEOUT_S), settings.keys
    writer = KafkaWriter(
        lambda: Producer(settings.kafka, "reelstream-api", ACKNOWLEDGED_S),
        settings.topics.ratings,
        settings.partitions,
        stopping,
    )
    return Services(
        reader=ReadingStore(client, keys, settings.partitions),
        trends=TrendStore(client, keys),
        status=StatusStore(client, keys),
        writer=writer,
        shelves=Shelves(settings.catalogue, CatalogueStore(client, keys)),
        progress=settings.progress,
        stopping=stopping,
    )

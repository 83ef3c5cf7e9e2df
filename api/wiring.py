"""What the API serves with: clients, services and the socket, built from the settings."""

import errno
import socket
import sys
from collections.abc import Callable

import uvicorn

from api.app import create_app
from api.catalogue_index import CurrentCatalogue
from api.circuit_breaker import DEADLINE_S
from api.kafka_writer import PATIENCE_S, KafkaWriter
from api.services import Services
from contracts.process_exit import USAGE, Failure, until_stopped
from contracts.settings import Settings, from_environment
from kafka_clients import record_producer
from redis_store.catalogue import CatalogueStore
from redis_store.connection import connect
from redis_store.reader import ReadingStore
from redis_store.status import StatusStore
from redis_store.trends import TrendStore

GRACE_S = 3


def run() -> None:
    """Serve until SIGTERM."""
    settings = from_environment()
    listening = listen(settings.api_host, settings.api_port)
    server: uvicorn.Server | None = None

    def stopping() -> bool:
        return server is not None and server.should_exit

    config = uvicorn.Config(
        create_app(build(settings, stopping)),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = uvicorn.Server(config)
    sys.stdout.write(f"The web page is at {settings.page}/\n")
    sys.stdout.flush()
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
            what, where = f"port {port} is already in use", "REELSTREAM_API_PORT"
            raise Failure(what, where, "choose another port", USAGE) from error
        what, where = f"cannot listen on {host}, port {port}", "REELSTREAM_API_HOST"
        raise Failure(what, where, "use an address of this machine", USAGE) from error
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def build(settings: Settings, stopping: Callable[[], bool]) -> Services:
    """The real services."""
    client, keys = connect(settings.redis_url, DEADLINE_S), settings.keys
    producer = record_producer(settings.kafka_client)
    writer = KafkaWriter(
        lambda: producer(settings.kafka, "reelstream-api", PATIENCE_S),
        settings.topics.ratings,
        stopping,
    )
    return Services(
        reader=ReadingStore(client, keys),
        trends=TrendStore(client, keys),
        status=StatusStore(client, keys),
        writer=writer,
        catalogue=CurrentCatalogue(settings.catalogue, CatalogueStore(client, keys)),
        progress=settings.progress,
        stopping=stopping,
    )

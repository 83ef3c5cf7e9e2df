"""A web server on loopback that behaves as badly as a test likes."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Server:
    """Where it is, how it answers one request after the other, and what it was asked."""

    origin: str
    answers: list[Answer] = field(default_factory=list)
    asked: list[BaseHTTPRequestHandler] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def silent_after(self, content: bytes, length: int) -> Answer:
        """Promises so many bytes, gives these, and is quiet from then on."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            body(content, length=length)(request)
            self.closing.wait()

        return answer

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(request)
        with suppress(ConnectionError):  # it hung up on us
            self.answers[len(self.asked) - 1](request)
        request.close_connection = True


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Within, a server that gives each of its answers once."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            here.answer(self)

        do_CONNECT = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        here = Server(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield here
        finally:
            here.closing.set()
            server.shutdown()
            thread.join()


def body(content: bytes, status: int = 200, length: int | None = None, **headers: str) -> Answer:
    """An answer of these bytes that promises so many, if not as many as they are."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        promised = len(content) if length is None else length
        for name, value in {"Content-Length": str(promised), **headers}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(content)

    return answer


def raw(*pieces: bytes) -> Answer:
    """These bytes, whatever they are, and then a hang-up."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        for piece in pieces:
            request.wfile.write(piece)

    return answer


def rest_of(content: bytes) -> Answer:
    """What is asked for of these bytes."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        first = int(request.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        body(content[first:], 206)(request)

    return answer

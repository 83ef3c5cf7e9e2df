from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from contracts.settings import Settings
from reelstream.system_probe import SystemProbe


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"source": "batch"}')

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def api_port() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_the_api_is_asked_without_a_proxy(
    name: str, api_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for spares in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(spares, raising=False)
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    probe = SystemProbe(Settings(api_port=api_port))

    assert probe.get_json("/") == {"source": "batch"}
    assert probe.get("/", lambda body: b"batch" in body)

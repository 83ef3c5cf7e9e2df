"""Fetching, from a server on loopback."""

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from producer.fetch import Release, Unreachable, WrongFile, cached, fetch

CONTENT = b"userId,movieId,rating,timestamp\n1,1,4.0,964982703\n"


def archive(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as whole:
        for name, content in members.items():
            whole.writestr(name, content)
    return buffer.getvalue()


@contextmanager
def serving(body: bytes) -> Iterator[str]:
    """The address of a server that answers everything with this body."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/small.zip"
        server.shutdown()
        thread.join()


def release(url: str) -> Release:
    return Release("small", url, {"ratings.csv": hashlib.sha256(CONTENT).hexdigest()})


def test_a_release_is_fetched_checked_and_kept(tmp_path: Path) -> None:
    with serving(archive({"small/ratings.csv": CONTENT, "small/other.csv": b"x"})) as url:
        folder = fetch(release(url), tmp_path, lambda _: None)

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"ratings.csv": CONTENT}
    assert cached(release(url), tmp_path) == folder


def test_a_cached_release_needs_no_network(tmp_path: Path) -> None:
    with serving(archive({"small/ratings.csv": CONTENT})) as url:
        first = fetch(release(url), tmp_path, lambda _: None)

    assert fetch(release(url), tmp_path, lambda _: None) == first


def test_a_cached_file_that_was_altered_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "ratings.csv").write_bytes(CONTENT + b"1,2,5.0,964982703\n")

    assert cached(release("http://nowhere"), tmp_path) is None


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (archive({"small/ratings.csv": b"altered"}), "ratings.csv has SHA-256 .*, not "),
        (archive({"other/ratings.csv": CONTENT}), "holds no small"),
        (b"<html>not found</html>", "holds no small"),
    ],
)
def test_what_is_not_the_release_is_refused_and_not_kept(
    tmp_path: Path, body: bytes, what: str
) -> None:
    with serving(body) as url, pytest.raises(WrongFile, match=what):
        fetch(release(url), tmp_path, lambda _: None)

    assert not (tmp_path / "small").exists()


def test_an_archive_that_does_not_end_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producer.fetch.MAX_ARCHIVE_BYTES", 1000)
    with serving(b"x" * 200_000) as url, pytest.raises(WrongFile, match="larger than 1000 bytes"):
        fetch(release(url), tmp_path, lambda _: None)


def test_no_network_says_which_address_failed(tmp_path: Path) -> None:
    with serving(b"") as url:
        gone = url

    with pytest.raises(Unreachable, match=r"127\.0\.0\.1"):
        fetch(release(gone), tmp_path, lambda _: None)

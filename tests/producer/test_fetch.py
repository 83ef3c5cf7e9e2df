"""Fetching, from servers on loopback."""

import gzip
import hashlib
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, repeat
from pathlib import Path
from types import SimpleNamespace
from urllib.error import URLError

import pytest

from producer.fetch import GROUPLENS, Unreachable, WrongFile, fetch, opener
from producer.releases import Release
from reelstream.errors import described
from tests.producer.serving import Answer, Server, body, raw, rest_of, serving

CONTENT = bytes(range(256)) * 1000
SIZE = len(CONTENT)
SMALL = Release("small", SIZE, hashlib.sha256(CONTENT).hexdigest())
HEAD = b"HTTP/1.1 200 OK\r\n"
NEEDS_OPENSSL = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes certificates")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def web() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    path = tmp_path / "server.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        f"-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout {path} -out {path}.crt"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + Path(f"{path}.crt").read_bytes())
    return path


def fetched(cache: Path, origin: str) -> Path:
    return fetch(SMALL, cache / "cache", lambda *_: None, origin)


def kept(cache: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (cache / "cache").glob("small.[!l]*")}


def begun(cache: Path, content: bytes) -> None:
    (cache / "cache").mkdir()
    (cache / "cache" / "small.part").write_bytes(content)


def test_a_release_is_fetched_checked_and_kept_as_it_is(web: Server, tmp_path: Path) -> None:
    web.answers = [body(CONTENT)]

    assert fetched(tmp_path, web.origin) == tmp_path / "cache" / "small.zip"
    assert kept(tmp_path) == {"small.zip": CONTENT}
    assert web.asked[0].path == "/datasets/movielens/small.zip"


def test_a_release_that_is_in_the_cache_is_not_asked_for(web: Server, tmp_path: Path) -> None:
    web.answers = [body(CONTENT)]

    assert fetched(tmp_path, web.origin) == fetched(tmp_path, web.origin)
    assert len(web.asked) == 1


def test_a_cached_release_that_was_altered_is_replaced(web: Server, tmp_path: Path) -> None:
    begun(tmp_path, b"")
    (tmp_path / "cache" / "small.zip").write_bytes(CONTENT[::-1])
    web.answers = [body(CONTENT)]

    fetched(tmp_path, web.origin)

    assert kept(tmp_path) == {"small.zip": CONTENT}


def test_two_that_fetch_the_same_at_once_download_it_once(web: Server, tmp_path: Path) -> None:
    web.answers = [body(CONTENT)]

    with ThreadPoolExecutor(2) as pool:
        both = set(pool.map(fetched, repeat(tmp_path, 2), repeat(web.origin)))

    assert both == {tmp_path / "cache" / "small.zip"}
    assert len(web.asked) == 1


def test_it_is_told_how_much_is_here(web: Server, tmp_path: Path) -> None:
    begun(tmp_path, CONTENT[:1000])
    web.answers = [rest_of(CONTENT)]
    told: list[tuple[int, int]] = []

    fetch(SMALL, tmp_path / "cache", lambda done, of: told.append((done, of)), web.origin)

    assert told == sorted(told)
    assert told[0][0] > 1000
    assert told[-1] == (SIZE, SIZE)


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (body(CONTENT[::-1]), "has SHA-256 .*, not "),
        (body(CONTENT[1:]), "would send 255,999 bytes, not 256,000"),
        (body(CONTENT + b"x"), "would send 256,001 bytes, not 256,000"),
        (body(b"<html>sign in here</html>"), "would send 25 bytes"),
        (body(gzip.compress(bytes(10**7)), Content_Encoding="gzip"), "another encoding: gzip"),
        (raw(HEAD, b"\r\n", *repeat(CONTENT, 1000)), "is larger than 256,000 bytes"),
    ],
)
def test_what_is_not_the_release_is_refused_and_not_kept(
    web: Server, tmp_path: Path, answer: Answer, what: str
) -> None:
    web.answers = [answer]

    with pytest.raises(WrongFile, match=what):
        fetched(tmp_path, web.origin)

    assert kept(tmp_path) == {}


@pytest.mark.parametrize("status", [204, 403, 404, 500, 503])
def test_a_server_that_does_not_give_it_is_quoted(web: Server, tmp_path: Path, status: int) -> None:
    web.answers = [body(b"no", status)]

    with pytest.raises(Unreachable, match=rf"small\.zip answers {status} \w+"):
        fetched(tmp_path, web.origin)

    assert kept(tmp_path) == {}


@pytest.mark.parametrize(
    "answer",
    [
        raw(),
        raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
        raw(HEAD, *(b"X-%d: x\r\n" % n for n in range(200)), b"\r\n"),
        raw(HEAD, b"Transfer-Encoding: chunked\r\n\r\nmany\r\n"),
        raw(HEAD, b"Transfer-Encoding: chunked\r\n\r\nffff\r\nfew"),
        body(b"", length=SIZE),
    ],
)
def test_a_server_that_breaks_the_rules_is_unreachable(
    web: Server, tmp_path: Path, answer: Answer
) -> None:
    web.answers = [answer]

    with pytest.raises(Unreachable, match="127"):
        fetched(tmp_path, web.origin)


def test_a_server_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    with serving() as gone:
        pass

    with pytest.raises(Unreachable, match=r"127\.0\.0\.1.*refused"):
        fetched(tmp_path, gone.origin)

    assert kept(tmp_path) == {}


def test_a_server_that_falls_silent_is_left(
    web: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producer.fetch.SILENT_S", 0.1)
    web.answers = [web.silent_after(CONTENT[:1000], SIZE)]

    with pytest.raises(Unreachable, match="timed out, after 1,000 of 256,000 bytes"):
        fetched(tmp_path, web.origin)


def test_a_slow_drip_is_given_up(
    web: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producer.fetch.time", SimpleNamespace(monotonic=count(0, 60).__next__))
    web.answers = [body(CONTENT)]

    with pytest.raises(Unreachable, match=r"only [\d,]+ bytes in 60 s"):
        fetched(tmp_path, web.origin)


def test_a_download_that_broke_off_is_kept_and_gone_on_with(web: Server, tmp_path: Path) -> None:
    most = SIZE * 99 // 100
    web.answers = [body(CONTENT[:most], length=SIZE), rest_of(CONTENT)]

    with pytest.raises(
        Unreachable, match="hung up, after 253,440 of 256,000 bytes, which are kept"
    ):
        fetched(tmp_path, web.origin)
    assert kept(tmp_path) == {"small.part": CONTENT[:most]}
    fetched(tmp_path, web.origin)

    assert web.asked[1].headers["Range"] == f"bytes={most}-"
    assert kept(tmp_path) == {"small.zip": CONTENT}


def test_a_server_that_cannot_go_on_gives_the_whole(web: Server, tmp_path: Path) -> None:
    begun(tmp_path, b"part")
    web.answers = [body(CONTENT)]

    fetched(tmp_path, web.origin)

    assert kept(tmp_path) == {"small.zip": CONTENT}


@pytest.mark.parametrize("answer", [rest_of(CONTENT), body(b"", 416), body(b"", 206)])
def test_what_is_wrong_when_gone_on_with_is_begun_anew(
    web: Server, tmp_path: Path, answer: Answer
) -> None:
    begun(tmp_path, b"junk")
    web.answers = [answer, body(CONTENT)]

    fetched(tmp_path, web.origin)

    assert web.asked[1].headers["Range"] is None
    assert kept(tmp_path) == {"small.zip": CONTENT}


def test_it_is_begun_anew_once(web: Server, tmp_path: Path) -> None:
    begun(tmp_path, b"junk")
    web.answers = [rest_of(CONTENT), body(CONTENT[::-1])]

    with pytest.raises(WrongFile):
        fetched(tmp_path, web.origin)

    assert kept(tmp_path) == {}


def test_a_download_that_is_whole_only_needs_its_name(web: Server, tmp_path: Path) -> None:
    begun(tmp_path, CONTENT)

    fetched(tmp_path, web.origin)

    assert kept(tmp_path) == {"small.zip": CONTENT}
    assert web.asked == []


def test_a_part_that_is_longer_than_the_release_is_begun_anew(web: Server, tmp_path: Path) -> None:
    begun(tmp_path, CONTENT + b"x")
    web.answers = [body(CONTENT)]

    fetched(tmp_path, web.origin)

    assert kept(tmp_path) == {"small.zip": CONTENT}


def test_a_full_disk_is_no_fault_of_the_network(web: Server, tmp_path: Path) -> None:
    begun(tmp_path, b"")
    (tmp_path / "cache" / "small.part").unlink()
    (tmp_path / "cache" / "small.part").symlink_to("/dev/full")
    web.answers = [body(CONTENT)]

    with pytest.raises(OSError, match="No space left") as full:
        fetched(tmp_path, web.origin)

    assert (failure := described(full.value))
    assert failure.code == 22


@pytest.mark.parametrize(
    "elsewhere",
    ["http://127.0.0.1:{port}/", "http://169.254.169.254/latest/", "https://example.org/small.zip",
     "file:///etc/passwd", "ftp://127.0.0.1/", "/datasets/movielens/other.zip"],
)  # fmt: skip
def test_no_redirect_is_followed(web: Server, tmp_path: Path, elsewhere: str) -> None:
    with serving() as other:
        other.answers = [body(CONTENT)]
        port = other.origin.rpartition(":")[2]
        web.answers = [body(b"", 302, Location=elsewhere.format(port=port)), body(CONTENT)]

        with pytest.raises(Unreachable, match="answers 302 Found"):
            fetched(tmp_path, web.origin)

    assert (len(web.asked), len(other.asked)) == (1, 0)


@pytest.mark.parametrize(
    "url",
    ["http://files.grouplens.org/x", "https://grouplens.org/x", "https://files.grouplens.org:444/x",
     "https://files.grouplens.org@127.0.0.1/x", "https://files.grouplens.org.example.org/x",
     "https://127.0.0.1/x", "http://169.254.169.254/x", "ftp://files.grouplens.org/x",
     "file:///etc/passwd", "data:text/plain,x"],
)  # fmt: skip
def test_nothing_but_grouplens_over_tls_is_connected_to(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setattr(socket, "socket", None)
    monkeypatch.setattr(socket, "getaddrinfo", None)

    with pytest.raises(URLError, match=r"is not at https://files\.grouplens\.org"):
        opener(GROUPLENS).open(url)


@NEEDS_OPENSSL
def test_a_certificate_that_nobody_vouches_for_is_refused(
    tmp_path: Path, certificate: Path
) -> None:
    with serving(tls_with(certificate)) as web:
        with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            fetched(tmp_path, web.origin)

        assert web.asked == []


@NEEDS_OPENSSL
def test_a_server_with_a_good_certificate_is_believed(
    tmp_path: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(tls_with(certificate)) as web:
        web.answers = [body(CONTENT)]

        fetched(tmp_path, web.origin)

    assert kept(tmp_path) == {"small.zip": CONTENT}


def test_the_proxy_of_the_environment_is_taken(
    web: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", web.origin)
    web.answers = [body(b"", 407)]

    with pytest.raises(Unreachable, match="407"):
        fetched(tmp_path, GROUPLENS)

    assert web.asked[0].requestline.startswith("CONNECT files.grouplens.org:443 ")


@pytest.mark.parametrize(("error", "code"), [(Unreachable("away"), 4), (WrongFile("other"), 6)])
def test_a_failed_download_has_an_exit_code_and_a_way_out(error: Exception, code: int) -> None:
    failure = described(error)

    assert failure is not None
    assert failure.code == code
    assert "or give a MovieLens release with --data or REELSTREAM_DATA" in str(failure)


def tls_with(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context

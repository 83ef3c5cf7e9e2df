"""Whom a release is fetched from: GroupLens alone, over TLS, through the environment's proxy."""

import shutil
import socket
import ssl
import subprocess
from pathlib import Path
from urllib.error import URLError

import pytest

from producer.fetch import GROUPLENS, Unreachable, opener
from tests.producer.bad_web_server import Server, body, serving
from tests.producer.small_download import CONTENT, fetched, kept

pytestmark = pytest.mark.usefixtures("no_proxy")

NEEDS_OPENSSL = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes certificates")


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


def tls_with(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context

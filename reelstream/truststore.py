"""Gives Java this machine's certificates and proxy.

A Java from PyPI trusts only the authorities it came with, and no Java reads HTTPS_PROXY; behind a
proxy that signs for others, Python downloads and Java does not.
"""

import hashlib
import ssl
import struct
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from contracts.atomic_files import write_atomically

MAGIC, VERSION, TRUSTED = 0xFEEDFEED, 2, 2
PASSWORD = "changeit"  # Java's own default; the store holds nothing secret
BUNDLE = "ca-certificates.crt"
"""Where a system that keeps a folder of certificates has all of them in one file."""


def network_options(folder: Path) -> list[str]:
    """Options for a Java that is to download something; a trust store is written into `folder`."""
    return [*_trust_options(folder / "trusted.jks"), *_proxy_options()]


def trusted_certificates() -> list[bytes]:
    """The authorities that Python trusts on this machine, DER-encoded; SSL_CERT_FILE is heeded."""
    context = ssl.create_default_context()
    folder = ssl.get_default_verify_paths().capath
    if folder and not context.get_ca_certs() and (Path(folder) / BUNDLE).is_file():
        context.load_verify_locations(Path(folder) / BUNDLE)
    return context.get_ca_certs(binary_form=True)


def key_store(certificates: list[bytes]) -> bytes:
    """The certificates in Java's own format, JKS; its digest is over password, salt and content."""
    entries = b"".join(_entry(n, one) for n, one in enumerate(certificates))
    content = struct.pack(">III", MAGIC, VERSION, len(certificates)) + entries
    salted = PASSWORD.encode("utf-16-be") + b"Mighty Aphrodite" + content
    return content + hashlib.sha1(salted, usedforsecurity=False).digest()


def _entry(number: int, certificate: bytes) -> bytes:
    head = struct.pack(">I", TRUSTED) + _text(f"ca{number}") + struct.pack(">Q", 0)
    return head + _text("X.509") + struct.pack(">I", len(certificate)) + certificate


def _text(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


def _trust_options(store: Path) -> list[str]:
    certificates = trusted_certificates()
    if not certificates:
        return []  # Java's own are the better guess then
    write_atomically(store, key_store(certificates))
    return [
        f"-Djavax.net.ssl.trustStore={store}",
        "-Djavax.net.ssl.trustStoreType=JKS",
        f"-Djavax.net.ssl.trustStorePassword={PASSWORD}",
    ]


def _proxy_options() -> list[str]:
    """HTTPS_PROXY and NO_PROXY as Java takes them; a password in it is not passed on."""
    proxies = urllib.request.getproxies()
    proxy = urlsplit(proxies.get("https", ""))
    if proxy.hostname is None:
        return []
    options = [f"-Dhttps.proxyHost={proxy.hostname}", f"-Dhttps.proxyPort={proxy.port or 80}"]
    spared = [name.strip() for name in proxies.get("no", "").split(",") if name.strip()]
    if spared:  # Java wants a star where others are content with the dot
        hosts = "|".join(f"*{name}" if name.startswith(".") else name for name in spared)
        options.append(f"-Dhttp.nonProxyHosts={hosts}")
    return options

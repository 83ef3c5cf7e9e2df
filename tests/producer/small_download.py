"""A release of a few bytes, to be fetched from a server of one's own."""

import hashlib
from pathlib import Path

from producer.fetch import fetch
from producer.known_releases import Release

CONTENT = bytes(range(256)) * 1000
SIZE = len(CONTENT)
SMALL = Release("small", SIZE, hashlib.sha256(CONTENT).hexdigest())


def fetched(cache: Path, origin: str) -> Path:
    """Fetch it into a cache below this folder."""
    return fetch(SMALL, cache / "cache", lambda *_: None, origin)


def kept(cache: Path) -> dict[str, bytes]:
    """What the cache holds of it, without locks."""
    return {path.name: path.read_bytes() for path in (cache / "cache").glob("small.[!l]*")}


def begun(cache: Path, content: bytes) -> None:
    """Leave this much of it in the cache, as a download that broke off."""
    (cache / "cache").mkdir()
    (cache / "cache" / "small.part").write_bytes(content)

"""Downloads a known release from GroupLens; its zip is verified and kept, never unpacked."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import URLError
from urllib.request import (
    BaseHandler,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from contracts.file_checks import sha256_of
from contracts.process_exit import DAMAGED, UNREACHABLE, Failure
from producer.known_releases import Release

GROUPLENS = "https://files.grouplens.org"
BLOCK_BYTES = 65_536
SILENT_S = 30
"""How long the server may send nothing."""
SLOWEST = 10_000
"""Bytes a second; a download that falls behind this by `SILENT_S` is given up."""

Report = Callable[[int, int], None]
"""Told how many bytes are here, and of how many."""


class Unreachable(Failure):
    """The release cannot be downloaded; says why, and how much of it is kept."""

    where = "download"
    what_to_do = "try again, or give a MovieLens release with --data or REELSTREAM_DATA"
    code = UNREACHABLE


class WrongFile(Failure):
    """What the server has is not the release; says how it differs."""

    where = "download"
    what_to_do = "try again, or give a MovieLens release with --data or REELSTREAM_DATA"
    code = DAMAGED


def fetch(release: Release, cache: Path, report: Report, origin: str = GROUPLENS) -> Path:
    """The release's zip: the cached one, or a download that has been checked.

    An interrupted download is resumed; if the result is wrong, it starts from the beginning.

    Args:
        release: which.
        cache: folder that keeps releases.
        report: told how it goes.
        origin: scheme and host of the server; nothing else is connected to.

    Raises:
        Unreachable: if the download fails; what has come is kept for the next time.
        WrongFile: if it is not the release; nothing of it is kept.
    """
    target = cache / f"{release.name}.zip"
    if sha256_of(target) == release.sha256:
        return target
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{release.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever fetches the same goes first
        if sha256_of(target) != release.sha256:
            part = target.with_suffix(".part")
            _complete(release, part, report, origin)
            part.replace(target)
    return target


def opener(origin: str) -> OpenerDirector:
    """What opens addresses at one origin, through the environment's proxy if there is one.

    Every other address is refused before it is connected to, and no redirect is followed.
    """
    made = OpenerDirector()
    for handler in (_OnlyAt(origin), ProxyHandler(), HTTPHandler(), HTTPSHandler()):
        made.add_handler(handler)
    return made


class _OnlyAt(BaseHandler):
    def __init__(self, origin: str) -> None:
        self._origin = origin

    def default_open(self, request: Request) -> None:
        """Refuse other origins; urllib asks here before it opens anything."""
        if f"{request.type}://{request.host}" != self._origin:
            raise URLError(f"{request.full_url} is not at {self._origin}")


def _complete(release: Release, part: Path, report: Report, origin: str) -> None:
    """Bring a part to the whole release."""
    while True:
        resumed = _size(part) > 0
        try:
            _download(release, part, report, origin)
            return
        except WrongFile:
            part.unlink(missing_ok=True)
            if not resumed:
                raise
        except Unreachable as error:
            if here := _size(part):
                what = f"{error}, after {here:,} of {release.size:,} bytes, which are kept"
                raise Unreachable(what) from error
            part.unlink(missing_ok=True)
            raise


def _download(release: Release, part: Path, report: Report, origin: str) -> None:
    url = f"{origin}/datasets/movielens/{release.name}.zip"
    here = _size(part)
    if here < release.size:
        request = Request(url, headers={"Range": f"bytes={here}-"} if here else {})
        with _reaching(url):
            response: HTTPResponse = opener(origin).open(request, timeout=SILENT_S)
        with response:
            _refuse(response, release.size, here)
            _keep(response, part, release.size, report)
    if (found := sha256_of(part)) != release.sha256:
        raise WrongFile(f"{url} has SHA-256 {found}, not {release.sha256}")


def _refuse(response: HTTPResponse, size: int, here: int) -> None:
    """Refuse an answer that cannot be the release, or the rest of it."""
    if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        raise WrongFile(f"{response.url} has no more than {here:,} of {size:,} bytes")
    if response.status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
        raise Unreachable(f"{response.url} answers {response.status} {response.reason}")
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise WrongFile(f"{response.url} has an unexpected encoding: {encoding}")
    missing = size - here if response.status == HTTPStatus.PARTIAL_CONTENT else size
    if response.length not in {None, missing}:
        raise WrongFile(f"{response.url} announces {response.length:,} bytes, not {missing:,}")


def _keep(response: HTTPResponse, part: Path, size: int, report: Report) -> None:
    """Write what comes, behind what is here if the server goes on from there."""
    with part.open("ab" if response.status == HTTPStatus.PARTIAL_CONTENT else "wb") as file:
        for block in _blocks(response):
            file.write(block)
            if file.tell() > size:
                raise WrongFile(f"{response.url} is larger than {size:,} bytes")
            report(file.tell(), size)
        file.flush()
        os.fsync(file.fileno())
        if file.tell() < size:
            raise Unreachable(f"{response.url}: the server closed the connection")


def _blocks(response: HTTPResponse) -> Iterator[bytes]:
    began, came = time.monotonic(), 0
    while True:
        with _reaching(response.url):
            block = response.read1(BLOCK_BYTES)
        if not block:
            return
        came += len(block)
        took = time.monotonic() - began
        if took > SILENT_S + came / SLOWEST:
            raise Unreachable(f"{response.url}: only {came:,} bytes in {took:.0f} s")
        yield block


@contextmanager
def _reaching(url: str) -> Iterator[None]:
    try:
        yield
    except (OSError, HTTPException) as error:
        raise Unreachable(f"{url}: {error}") from error


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0

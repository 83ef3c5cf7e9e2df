"""Fetching a known MovieLens release from GroupLens, every file checked against its hash."""

import hashlib
import io
import urllib.request
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from contracts.files import write_atomically

MAX_ARCHIVE_BYTES = 16 * 1024 * 1024
TIMEOUT_S = 30
BLOCK = 65_536


@dataclass(frozen=True)
class Release:
    """A release: where it is, and the SHA-256 of the files that are taken from it."""

    name: str
    url: str
    files: Mapping[str, str]


LATEST_SMALL = Release(
    "ml-latest-small",
    "https://files.grouplens.org/datasets/movielens/ml-latest-small.zip",
    {
        "ratings.csv": "aa289ca83157595d0df6aea1be6a4ded676ddc4385472e8313a8ed9805352646",
        "movies.csv": "5a5f32dd9bb3797b8e728a1b98958789d2b13f294a69fdfbc5727f8a9611aa07",
        "links.csv": "97ad18e4e56a09363c65676b6cb3482ce3e2cea2372a24620c1599c843325f31",
        "tags.csv": "92a9f8bb7916dceef6151209845788c3643f794dfa79d1feaec7121b5960399d",
        "README.txt": "63d22ac138e80fae37021797ed8e1b9424b5239dc576a137422adf783ae3f404",
    },
)


class Unreachable(ConnectionError):
    """The release cannot be downloaded."""


class WrongFile(RuntimeError):
    """A file that is not the release's: names it with both hashes."""


def cached(release: Release, cache: Path) -> Path | None:
    """The folder of a release that was fetched before, if every file of it is as it should be."""
    folder = cache / release.name
    names = release.files
    whole = all(
        (folder / n).is_file() and _sha256((folder / n).read_bytes()) == names[n] for n in names
    )
    return folder if whole else None


def fetch(release: Release, cache: Path, report: Callable[[int], None]) -> Path:
    """The folder of a release: the cached one, or a download that has been checked.

    Args:
        release: which.
        cache: folder that keeps releases.
        report: told how many bytes have come.

    Raises:
        Unreachable: if the download fails.
        WrongFile: if a file is missing or its hash differs; nothing is kept then.
    """
    folder = cached(release, cache)
    if folder is None:
        archive = _download(release.url, report)
        folder = _unpack(release, archive, cache / release.name)
    return folder


def _download(url: str, report: Callable[[int], None]) -> bytes:
    content = bytearray()
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as response:
            while block := response.read(BLOCK):
                content += block
                report(len(content))
                if len(content) > MAX_ARCHIVE_BYTES:
                    raise WrongFile(f"{url} is larger than {MAX_ARCHIVE_BYTES} bytes")
    except OSError as error:
        raise Unreachable(f"{url}: {error}") from error
    return bytes(content)


def _unpack(release: Release, archive: bytes, folder: Path) -> Path:
    contents = dict(_members(release, archive))
    for name, content in contents.items():
        found = _sha256(content)
        if found != release.files[name]:
            raise WrongFile(f"{name} has SHA-256 {found}, not {release.files[name]}")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        write_atomically(folder / name, content)
    return folder


def _members(release: Release, archive: bytes) -> list[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as whole:
            return [(n, whole.read(f"{release.name}/{n}")) for n in release.files]
    except (zipfile.BadZipFile, KeyError) as error:
        raise WrongFile(f"{release.url} holds no {release.name}: {error}") from error


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

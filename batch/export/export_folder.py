"""The folder of an export, whose files are replaced together.

A mark in the folder says that it is one. New files are written beside the old ones under temporary
names; then the manifest goes, the files are renamed, and the new manifest comes last: where there
is one, the files are those that it names.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from contracts.atomic_files import write_atomically
from contracts.file_checks import sha256_of
from contracts.file_locks import alone
from contracts.process_exit import BUSY, USAGE, Failure
from contracts.topics import Identity

FORMAT = 1
MARK = ".reelstream-export"
MANIFEST = "manifest.json"
TABLES = ("recommendations", "movies", "ratings")
FILES = tuple(f"{table}.{kind}" for table in TABLES for kind in ("parquet", "csv"))


class ForeignFolder(Failure):
    """A folder that holds other things than an export."""

    where = "--to"
    what_to_do = "give a new or empty folder, or that of an earlier export"
    code = USAGE


class FolderHeld(Failure):
    """A folder that another export is writing to."""

    where = "--to"
    what_to_do = "wait for it, or give another"
    code = BUSY


class Manifest(msgspec.Struct, frozen=True):
    """What an export is of.

    Attributes:
        version: of the model.
        topic: whose events it was trained on.
        snapshot: next-offsets by partition, below which events are in it.
        created_at_ms: when the version was made.
        catalogue_sha256: of the file that titles come from.
        top: at most so many movies a user.
        rows: by table.
        sha256: by file.
    """

    version: int
    topic: Identity
    snapshot: dict[int, int]
    created_at_ms: int
    catalogue_sha256: str
    top: int
    rows: dict[str, int]
    sha256: dict[str, str] = {}
    format: int = FORMAT


class Draft:
    """Files that are being written beside those of an earlier export."""

    def __init__(self, folder: Path) -> None:
        """In this folder."""
        self._folder = folder

    def path(self, name: str) -> Path:
        """Where a file of `FILES` is written."""
        return self._folder / f".{name}.part"

    def publish(self, manifest: Manifest) -> Manifest:
        """Put all files in place of the earlier ones; the manifest with their checksums."""
        sums = {name: sha256_of(self.path(name)) or "" for name in FILES}
        whole = msgspec.structs.replace(manifest, sha256=sums)
        (self._folder / MANIFEST).unlink(missing_ok=True)
        for name in FILES:
            self.path(name).replace(self._folder / name)
        content = msgspec.json.format(msgspec.json.encode(whole), indent=1) + b"\n"
        write_atomically(self._folder / MANIFEST, content)
        return whole

    def discard(self) -> None:
        """Remove what was not published."""
        for name in FILES:
            self.path(name).unlink(missing_ok=True)


@contextmanager
def drafting(folder: Path) -> Iterator[Draft]:
    """Within, the folder is ours to export into; it is created if missing.

    Raises:
        ForeignFolder: if it holds anything else; nothing is changed.
        FolderHeld: if another process exports into it.
        OSError: if it cannot be made or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    draft = Draft(folder)
    _require_own(folder, draft)
    with ExitStack() as stack:
        try:
            stack.enter_context(alone(folder / MARK))
        except BlockingIOError:
            raise FolderHeld(f"another export is writing to {folder}") from None
        stack.callback(draft.discard)
        yield draft


def _require_own(folder: Path, draft: Draft) -> None:
    found = {path.name for path in folder.iterdir()}
    ours = {MARK, MANIFEST, *FILES, *(draft.path(name).name for name in FILES)}
    strange = sorted(found - ours if MARK in found else found)
    if strange:
        raise ForeignFolder(f"{folder} holds {strange[0]!r}, which is not part of an export")

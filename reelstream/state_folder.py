"""The folder of a demo or of `reelstream up`: locked by one run at a time, with a layout number."""

import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version as package_version
from pathlib import Path

import msgspec

from contracts.atomic_files import write_atomically
from contracts.file_locks import alone
from contracts.process_exit import BUSY, DAMAGED, FOREIGN, USAGE, Failure
from contracts.run_record import LOCK, is_held
from contracts.settings import Settings

MARKER = "installation.json"
LAYOUT = 1
"""Incremented when folders of an older layout can no longer be used."""
KEPT = {LOCK, "ports.json"}


class StateFolder(msgspec.Struct, frozen=True):
    """What a folder says of itself.

    Attributes:
        layout: how its files are laid out.
        made_by: version of Reelstream that made it.
        key_prefix: of its keys in Redis.
    """

    layout: int
    made_by: str
    key_prefix: str


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Within, the folder is ours alone.

    Raises:
        Failure: if another run holds it, or it is a folder that no run made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()) and not (folder / LOCK).exists():
        what = f"{folder} holds files that Reelstream did not create"
        raise Failure(what, "REELSTREAM_STATE", "choose another folder", USAGE)
    with ExitStack() as stack:
        try:
            lock = stack.enter_context(alone(folder / LOCK))
        except BlockingIOError:
            raise _in_use(folder) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def refuse_in_use(folder: Path) -> None:
    """Checked before anything else: somebody who forgot a running system is told so first.

    Raises:
        Failure: if another run holds the folder.
    """
    if is_held(folder):
        raise _in_use(folder)


def empty(folder: Path) -> None:
    """Remove what earlier runs left in a held folder."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in KEPT:
            path.unlink()


def installation(folder: Path) -> StateFolder | None:
    """The marker of a state folder; None for a new one.

    Raises:
        Failure: if its marker is damaged.
    """
    try:
        return msgspec.json.decode((folder / MARKER).read_bytes(), type=StateFolder)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        what = f"{MARKER} cannot be read: {error}"
        raise Failure(what, str(folder), "restore it, or run `reelstream reset`", DAMAGED) from None


def opened(folder: Path, settings: Settings) -> StateFolder:
    """A held folder's installation: the one that is there, or a new one.

    Raises:
        Failure: if it is of another layout, or its Kafka and its event log are not of one cluster.
    """
    found = installation(folder)
    if found is None:
        found = StateFolder(LAYOUT, package_version("reelstream"), _new_prefix(settings))
        write_atomically(folder / MARKER, msgspec.json.encode(found))
    _check_layout(folder, found)
    if "kafka" not in settings.model_fields_set:
        _check_cluster(folder)
    return found


def _check_layout(folder: Path, found: StateFolder) -> None:
    if found.layout != LAYOUT:
        what = f"layout {found.layout} of Reelstream {found.made_by}, not layout {LAYOUT}"
        to_do = f"use Reelstream {found.made_by}, or start over with `reelstream reset`"
        raise Failure(what, str(folder), to_do, FOREIGN)


def _check_cluster(folder: Path) -> None:
    """Refuse an event log beside a broker that did not write it."""
    log, broker = folder / "event-log" / "log.json", folder / "kafka/data/meta.properties"
    if not log.exists():
        return
    of_log = json.loads(log.read_bytes())["cluster_id"]
    of_broker = _cluster_id(broker)
    if of_log != of_broker:
        what = f"the event log belongs to cluster {of_log}, Kafka's data to {of_broker}"
        to_do = "restore the folder `kafka`, or start over with `reelstream reset`"
        raise Failure(what, str(folder), to_do, FOREIGN)


def _cluster_id(properties: Path) -> str:
    lines = properties.read_text().splitlines() if properties.exists() else []
    found = [line.removeprefix("cluster.id=") for line in lines if line.startswith("cluster.id=")]
    return found[0] if found else "none"


def _new_prefix(settings: Settings) -> str:
    """A broker of our own begins at offset 0: what a given Redis holds of others is not its."""
    given = "redis_url" in settings.model_fields_set
    return f"{settings.key_prefix}{uuid.uuid4().hex[:8]}:" if given else settings.key_prefix


def _in_use(folder: Path) -> Failure:
    holder = (folder / LOCK).read_text().strip() or "with an unknown number"
    to_do = "stop that first, or set REELSTREAM_STATE to another folder"
    return Failure(f"the state folder is in use by process {holder}", str(folder), to_do, BUSY)

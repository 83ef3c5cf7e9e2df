"""Which data set a state began with, and whether all of it has been loaded."""

import hashlib
from pathlib import Path

import msgspec

from contracts.atomic_files import write_atomically
from contracts.process_exit import DAMAGED, FOREIGN, Failure
from movielens.release import Table, open_release
from reelstream.demo_data import find

MARKER = "loaded.json"


class Loaded(msgspec.Struct, frozen=True):
    """Which data set the ratings began with, and whether all of it has been loaded."""

    sha256: str
    whole: bool


def needed(state: Path, given: Path | None) -> Path | None:
    """The data set to load; None where all of it is there already and no other was given.

    Raises:
        NoData, NotMovieLens, Damaged, SystemExit: as `demo_data.find`.
        Failure: if the state cannot tell.
    """
    loaded = None if given else _loaded(state / MARKER)
    return None if loaded and loaded.whole else find(given)


def begun_with(marker: Path, data: Path) -> Loaded:
    """What the state began with: noted before the first row is sent.

    Raises:
        Failure: if that was another data set, or if it cannot tell.
    """
    given = _sha256(open_release(data).ratings)
    loaded = _loaded(marker)
    if loaded is None:
        loaded = Loaded(given, whole=False)
        write_atomically(marker, msgspec.json.encode(loaded))
    if loaded.sha256 != given:
        what = f"the state began with ratings other than {data}"
        to_do = "give the same data, or start over with `reelstream reset`"
        raise Failure(what, str(marker.parent), to_do, FOREIGN)
    return loaded


def mark_whole(marker: Path) -> None:
    """Note that all of it has been loaded."""
    if loaded := _loaded(marker):
        whole = msgspec.structs.replace(loaded, whole=True)
        write_atomically(marker, msgspec.json.encode(whole))


def _sha256(ratings: Table) -> str:
    digest = hashlib.sha256()
    for chunk in ratings.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def _loaded(marker: Path) -> Loaded | None:
    """What the marker says; None for a state that has not begun."""
    try:
        return msgspec.json.decode(marker.read_bytes(), type=Loaded)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        what, to_do = f"{MARKER} cannot be read: {error}", "start over with `reelstream reset`"
        raise Failure(what, str(marker.parent), to_do, DAMAGED) from None

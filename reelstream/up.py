"""Everything on one machine, kept running; the next start resumes where this one ended."""

import hashlib
from pathlib import Path

import msgspec

from contracts.edge import FOREIGN, Failure
from contracts.files import write_atomically
from contracts.movielens.layouts import open_release
from contracts.movielens.sources import Member
from reelstream.progress import State
from reelstream.run import Run
from reelstream.steps import load_history, open_services, start_processes, train_first

MARKER = "loaded.json"


class Loaded(msgspec.Struct, frozen=True):
    """Which data set the ratings began with, and whether all of it has been loaded."""

    sha256: str
    whole: bool


def keep_running(run: Run, data: Path) -> None:
    """Run until told to stop.

    Raises:
        KeepsDying: if it cannot go on.
        Failure: if the state began with another data set.
    """
    marker = run.machine.settings.state / MARKER
    loaded = begun_with(marker, data)
    if open_services(run, data) and _have_history(run, data, loaded) and _have_model(run):
        write_atomically(marker, msgspec.json.encode(Loaded(loaded.sha256, whole=True)))
        run.checklist.say("everything is up")
        run.wait(lambda: False)


def begun_with(marker: Path, data: Path) -> Loaded:
    """What the state began with: noted before the first row is sent.

    Raises:
        Failure: if that was another data set.
    """
    given = _sha256(open_release(data).ratings.member)
    if not marker.exists():
        write_atomically(marker, msgspec.json.encode(Loaded(given, whole=False)))
    loaded = msgspec.json.decode(marker.read_bytes(), type=Loaded)
    if loaded.sha256 != given:
        what = f"it began with other ratings than those of {data}"
        to_do = "give the same data, or begin afresh with `reelstream reset`"
        raise Failure(what, str(marker.parent), to_do, FOREIGN)
    return loaded


def _sha256(ratings: Member) -> str:
    digest = hashlib.sha256()
    for chunk in ratings.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def _have_history(run: Run, data: Path, loaded: Loaded) -> bool:
    """Load what has not been loaded; rows that are sent once more have no effect."""
    if not loaded.whole:
        return load_history(run, data)
    start_processes(run)
    run.checklist.set("History", State.done, "is there")
    return True


def _have_model(run: Run) -> bool:
    if not run.wait(lambda: run.view.looked):
        return False
    if run.view.active is None:
        return train_first(run)
    run.checklist.set("First model", State.done, f"v{run.view.active.version} is there")
    return True

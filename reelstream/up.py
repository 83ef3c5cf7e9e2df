"""`reelstream up`: keeps everything running on one machine, and resumes at the next start."""

from pathlib import Path

from reelstream.loaded_data import MARKER, begun_with, mark_whole
from reelstream.startup_checklist import State
from reelstream.startup_steps import load_history, open_services, start_processes, train_first
from reelstream.supervised_run import SupervisedRun


def keep_running(run: SupervisedRun, data: Path | None) -> None:
    """Run until told to stop; without data, if all of it has been loaded.

    Raises:
        KeepsDying: if it cannot go on.
        Failure: if the state began with another data set.
    """
    marker = run.local_stack.settings.state / MARKER
    missing = data if data and not begun_with(marker, data).whole else None
    if open_services(run, data) and _have_history(run, missing) and _have_model(run):
        if missing:
            mark_whole(marker)
        run.checklist.say("everything is up")
        run.wait(lambda: False)


def _have_history(run: SupervisedRun, missing: Path | None) -> bool:
    """Load what has not been loaded; rows that are sent once more have no effect."""
    if missing:
        return load_history(run, missing)
    start_processes(run)
    run.checklist.set("History", State.done, "already loaded")
    return True


def _have_model(run: SupervisedRun) -> bool:
    if not run.wait(lambda: run.view.looked):
        return False
    if run.view.active is None:
        return train_first(run)
    run.checklist.set("First model", State.done, f"v{run.view.active.version} is active")
    return True

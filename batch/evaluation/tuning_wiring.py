"""What a search for hyper-parameters works with: a release and a journal of trials."""

import os
from collections.abc import Sequence
from pathlib import Path

from batch.evaluation import tuning
from batch.evaluation.dataset import load, load_content
from batch.evaluation.options import Search
from batch.evaluation.tuned_parameters import add
from batch.native_engine import Native
from batch.progress_line import progress
from contracts.hyper_parameters import Parameters


def tune(paths: Sequence[Path], search: Search, quiet: bool) -> Parameters:
    """Search; the best parameters, which are put into the file that was asked for, too."""
    search.journal.parent.mkdir(parents=True, exist_ok=True)
    split, trials = search.split, search.trials
    with progress(quiet) as say:
        say("reading")
        engine = Native(os.cpu_count() or 1)
        releases = [
            tuning.Searched(tuning.train_side(load(path), split), load_content(path))
            for path in paths
        ]
        searched = tuning.Tuning(releases, split, engine)

        def report_trial(study: str, done: int, best: float) -> None:
            say(f"{split}: {study}, {done} of {trials} trials, best {best:.4f}")

        best = tuning.tune(searched, trials, search.journal, report_trial)
    if search.out:
        add(search.out, split, best)
    return best

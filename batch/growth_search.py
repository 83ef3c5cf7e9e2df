"""Searches hyper-parameters again once ratings have doubled: a trial at a time, between retrains.

What it finds is a challenger like any other. A trial that is under way ends before a retrain
begins; trials and minutes are bounded, and so are the ratings that are searched on.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from batch import searched_parameters
from batch.evaluation.errors import NothingToJudge
from batch.evaluation.tuning import Searched, Tried, Tuning, in_memory, search
from batch.searched_parameters import SearchedParameters
from batch.snapshot import Snapshot
from batch.training import Describe, Engine, NotEnoughRatings, NotFinite
from contracts.artefact import BrokenArtefact, Manifest, read_manifest
from recommender.ratings import IndexedRatings, Ratings

GROWN = 2
"""Times as many ratings as were searched on last: time to search again."""
TRIALS, MINUTES = 40, 15
"""Of a search at most, of ranking and of stars; no trial is begun after so many minutes."""
HOUR_MS = 3_600_000
"""From one search to the next, at least."""
MOST_RATINGS = 1_000_000
"""To search on: where there are more, users are drawn."""
SEED = 1

log = logging.getLogger(__name__)


@dataclass
class GrowthSearch:
    """What is searched when, and what came of it.

    Attributes:
        artefacts: where versions lie, and what was found.
        active: the live version; None if there is none.
        snapshot: reads what is to be searched on.
        engine: that trains.
        describe: says what is known of movies.
        now_ms: the wall clock.
        monotonic: seconds.
    """

    artefacts: Path
    active: Callable[[], int | None]
    snapshot: Callable[[], Snapshot]
    engine: Engine
    describe: Describe
    now_ms: Callable[[], int]
    monotonic: Callable[[], float]
    _trials: Iterator[Tried] | None = field(default=None, init=False)
    _live: Manifest | None = field(default=None, init=False)

    def step(self, stopping: Callable[[], bool], report: Callable[[str], None]) -> None:
        """Make a trial, if it is time for a search.

        Args:
            stopping: whether a trial is to end with its next step.
            report: is told how far the search has come.
        """
        if self._trials is None:
            live = self._grown()
            if live is None:
                return
            report("searching hyper-parameters: reading the event log")
            self._trials = self._search(live, stopping)
        tried = next(self._trials, None)
        if tried is None:
            self._trials = None
        else:
            done = f"{tried.study}, {tried.done} of {TRIALS} trials, best {tried.best:.4f}"
            report(f"searching hyper-parameters: {done}")

    def _grown(self) -> Manifest | None:
        """The live version's manifest, if its ratings ask for a search."""
        version = self.active()
        if version is None:
            return None
        if self._live is None or self._live.version != version:
            try:
                self._live = read_manifest(self.artefacts, version)
            except BrokenArtefact:
                return None
        ratings, last = self._live.metrics["ratings"], self._live.searched_ratings
        if ratings < GROWN * last:
            return None
        found = searched_parameters.read(self.artefacts)
        if found and self.now_ms() - found.searched_at_ms < HOUR_MS:
            return None
        return None if found and ratings < GROWN * found.ratings else self._live

    def _search(self, live: Manifest, stopping: Callable[[], bool]) -> Iterator[Tried]:
        """Search, a trial at a time; keep what was found, or that nothing was."""
        snapshot, began = self.snapshot(), self.monotonic()
        count = len(snapshot.rated.user_id)
        log.info("%d ratings: searching hyper-parameters again", count)
        some = IndexedRatings.of(_drawn(snapshot.rated))
        tuning = Tuning([Searched(some, self.describe)], "", self.engine, stopping)

        def enough() -> bool:
            return stopping() or self.monotonic() - began > MINUTES * 60

        trials = search(tuning, TRIALS, in_memory, live.parameters, enough)
        try:
            parameters = yield from trials
        except (NothingToJudge, NotEnoughRatings, NotFinite) as error:
            parameters, what = live.parameters, f"stays as it is: {error}"
        else:
            what = "differs" if parameters != live.parameters else "stays as it is"
        if not stopping():
            log.info("hyper-parameters were searched on %d ratings: what is live %s", count, what)
            found = SearchedParameters(parameters, count, dict(snapshot.offsets), self.now_ms())
            searched_parameters.keep(self.artefacts, found)


def _drawn(rated: Ratings) -> Ratings:
    """The ratings of users that are drawn until there are enough."""
    users, of, counts = np.unique(rated.user_id, return_inverse=True, return_counts=True)
    order = np.random.default_rng(SEED).permutation(len(users))
    before = np.cumsum(counts[order]) - counts[order]
    taken = np.zeros(len(users), bool)
    taken[order[before < MOST_RATINGS]] = True
    return rated.where(np.flatnonzero(taken[of]))

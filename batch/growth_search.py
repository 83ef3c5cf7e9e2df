"""Searches hyper-parameters again once ratings have doubled: a trial at a time, between retrains.

What it finds is a challenger like any other. A trial that is under way ends before a retrain
begins; trials and minutes are bounded, and so are the ratings that are searched on.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from batch import pooled_hits, searched_parameters
from batch.evaluation.errors import NothingToJudge
from batch.evaluation.search_progress import RANKING, STARS, Tried
from batch.searched_parameters import SearchedParameters, to_try
from batch.snapshot import Snapshot
from batch.training import Describe, Engine, NotEnoughRatings, NotFinite, screened
from contracts.artefact import BrokenArtefact, Manifest, read_manifest
from contracts.hyper_parameters import Parameters
from contracts.next_offsets import NextOffsets
from contracts.process_exit import Failure
from recommender.rating_checks import NotARating
from recommender.ratings import IndexedRatings, Ratings, drawn

GROWN = 2
"""Times as many ratings as were searched on last: time to search again."""
TRIALS = 40
"""Of ranking and of stars, at most."""
MINUTES = {RANKING: 10, STARS: 15}
"""After so many, no further trial of a kind is begun."""
HOUR_MS = 3_600_000
"""From one search to the next, at least."""
MOST_RATINGS = 1_000_000
"""To search on: where there are more, users are drawn."""
SEED = 1

log = logging.getLogger(__name__)


class Material(NamedTuple):
    """What is searched on: some of so many ratings, all below these offsets."""

    some: IndexedRatings
    of: int
    below: NextOffsets


@dataclass
class GrowthSearch:
    """What is searched when, and what came of it.

    Attributes:
        artefacts: where versions lie, and what was found.
        active: the live version; None if there is none.
        snapshot: reads what is to be searched on.
        engine: that trains.
        describe: reads what is known of movies.
        now_ms: the wall clock.
        monotonic: seconds.
    """

    artefacts: Path
    active: Callable[[], int | None]
    snapshot: Callable[[], Snapshot]
    engine: Engine
    describe: Callable[[], Describe]
    now_ms: Callable[[], int]
    monotonic: Callable[[], float]
    _trials: Iterator[Tried] | None = field(default=None, init=False)
    _live: Manifest | None = field(default=None, init=False)
    _failed_at_ms: int | None = field(default=None, init=False)

    def step(self, stopping: Callable[[], bool], report: Callable[[str], None]) -> bool:
        """Make a trial, if it is time for a search, and say whether the search goes on.

        Args:
            stopping: whether a trial is to end with its next step.
            report: is told how far the search has come.
        """
        if self._trials is None and (live := self._grown()):
            report("searching hyper-parameters: reading the event log")
            self._trials = self._search(live, stopping)
        if self._trials is None:
            return False
        try:
            tried = next(self._trials, None)
        except (Failure, NotARating, OSError) as error:
            log.warning("cannot search hyper-parameters now: %s", error)
            self._failed_at_ms, tried = self.now_ms(), None
        if tried is None:
            self._trials = None
            return False
        done = f"{tried.study}, {tried.done} of {TRIALS} trials, best {tried.best:.4f}"
        report(f"searching hyper-parameters: {done}")
        return True

    def _grown(self) -> Manifest | None:
        """The live version's manifest, if its ratings ask for a search."""
        live = self._manifest()
        if live is None or _ratings(live) < GROWN * live.searched_ratings:
            return None
        found = searched_parameters.read(self.artefacts)
        if found and _ratings(live) < GROWN * found.ratings:
            return None
        last = [found.searched_at_ms if found else None, self._failed_at_ms]
        return None if any(self._lately(at_ms) for at_ms in last) else live

    def _lately(self, at_ms: int | None) -> bool:
        """Whether that is less than an hour ago; a time to come is none."""
        return at_ms is not None and 0 <= self.now_ms() - at_ms < HOUR_MS

    def _manifest(self) -> Manifest | None:
        """The live version's, read once."""
        version = self.active()
        if version is None:
            return None
        if self._live is None or self._live.version != version:
            try:
                self._live = read_manifest(self.artefacts, version)
            except BrokenArtefact:
                self._live = None
        return self._live

    def _search(self, live: Manifest, stopping: Callable[[], bool]) -> Iterator[Tried]:
        """Search, a trial at a time; keep what was found, or that nothing was.

        Raises:
            Failure: if the event log cannot be read, or there is nothing in it.
            NotARating: if something in it is none.
        """
        from batch.evaluation.tuning import Searched, Tuning, in_memory, search

        began = self.monotonic()

        def enough(study: str) -> bool:
            return stopping() or self.monotonic() - began > MINUTES[study] * 60

        stays = to_try(self.artefacts, live.parameters)
        material, parameters = self._material(), stays
        log.info("%d ratings: searching hyper-parameters again", material.of)
        tuning = Tuning([Searched(material.some, self.describe())], "", self.engine, stopping)
        firsts = [live.parameters, Parameters()]
        try:
            parameters = yield from search(tuning, TRIALS, in_memory, firsts, enough)
        except (NothingToJudge, NotEnoughRatings, NotFinite) as error:
            log.info("the search has found nothing: %s", error)
        if not stopping():
            self._keep(parameters, max(material.of, int(_ratings(live))), material.below)

    def _material(self) -> Material:
        """What stands, of people whom the screen does not suspect."""
        snapshot = self.snapshot()
        rated = snapshot.rated
        some = _drawn(rated, screened(rated).weights == 1)
        if not len(some.user_id):
            raise NothingToJudge("no ratings to search on in the event log")
        return Material(IndexedRatings.of(some), len(rated.user_id), dict(snapshot.offsets))

    def _keep(self, parameters: Parameters, ratings: int, below: NextOffsets) -> None:
        before = searched_parameters.read(self.artefacts)
        refused = bool(before and before.refused and before.parameters == parameters)
        found = SearchedParameters(parameters, ratings, dict(below), self.now_ms(), refused)
        searched_parameters.keep(self.artefacts, found)
        pooled_hits.reset(self.artefacts)  # some of those events have been seen now
        log.info("hyper-parameters were searched on %d ratings", ratings)


def _ratings(live: Manifest) -> float:
    """How many ratings a version has learned."""
    return live.metrics.get("ratings", 0.0)


def _drawn(rated: Ratings, allowed: np.ndarray) -> Ratings:
    """The ratings of allowed users, who are drawn until there are enough.

    Args:
        rated: all of them.
        allowed: by ascending user id, shape (users,).
    """
    users, of, counts = np.unique(rated.user_id, return_inverse=True, return_counts=True)
    taken = np.zeros(len(users), bool)
    taken[drawn(np.where(allowed, counts, 0), MOST_RATINGS, SEED)] = True
    return rated.where(np.flatnonzero(taken[of]))

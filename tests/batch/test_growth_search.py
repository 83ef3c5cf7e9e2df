"""When hyper-parameters are searched again, and what becomes of what was found."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from batch import growth_search, searched_parameters
from batch.growth_search import GROWN, HOUR_MS, MINUTES, GrowthSearch
from batch.native_engine import Native
from batch.searched_parameters import SearchedParameters
from batch.snapshot import Snapshot
from batch.training import nothing_known
from contracts import artefact
from contracts.artefact import Manifest, Parameters
from contracts.topics import Identity
from harness.builders import AT_MS, model
from recommender.ratings import IndexedRatings
from tests.batch.evaluation.small_datasets import drawn

SEARCHED, NOW = 1_000, AT_MS + 10 * HOUR_MS
TRIALS = 2


@pytest.fixture(autouse=True)
def _few_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth_search, "TRIALS", TRIALS)


@dataclass
class System:
    """A live version of so many ratings, and a search beside it."""

    folder: Path
    ratings: IndexedRatings = field(default_factory=lambda: drawn(users=30, movies=40))
    clock_s: float = 0.0
    reports: list[str] = field(default_factory=list)

    def publish(self, ratings: int, version: int = 1) -> None:
        topic = Identity("cluster", "topic", 1)
        size = {"ratings": float(ratings)}
        manifest = Manifest(
            version, topic, {}, Parameters(), size, "", "", AT_MS, {}, searched_ratings=SEARCHED
        )
        artefact.save(self.folder, manifest, model().arrays())

    def snapshot(self) -> Snapshot:
        rated = self.ratings.rated()
        return Snapshot({0: 77}, *rated, {}, {})

    def search(self) -> GrowthSearch:
        def active() -> int | None:
            return artefact.newest_version(self.folder) or None

        return GrowthSearch(
            self.folder,
            active,
            self.snapshot,
            Native(1),
            nothing_known,
            lambda: NOW,
            lambda: self.clock_s,
        )

    def steps(self, count: int, stopping: Callable[[], bool] = lambda: False) -> None:
        one = self.search()
        for _ in range(count):
            one.step(stopping, self.reports.append)

    @property
    def found(self) -> SearchedParameters | None:
        return searched_parameters.read(self.folder)


@pytest.fixture
def system(tmp_path: Path) -> System:
    return System(tmp_path)


ALL = 2 * TRIALS + 1
"""Steps that a search takes: trials of two studies, and its end."""


def test_ratings_that_have_doubled_are_searched_on_again(system: System) -> None:
    system.publish(GROWN * SEARCHED)

    system.steps(ALL)

    assert system.found
    assert system.found.ratings == len(system.ratings)
    assert system.found.below == {0: 77}
    assert system.found.searched_at_ms == NOW


def test_how_far_it_has_come_is_reported(system: System) -> None:
    system.publish(GROWN * SEARCHED)

    system.steps(ALL)

    assert "ranking, 2 of 2 trials" in system.reports[2]
    assert "stars, 2 of 2 trials" in system.reports[-1]


def test_before_they_have_doubled_nothing_is_searched(system: System) -> None:
    system.publish(GROWN * SEARCHED - 1)

    system.steps(ALL)

    assert system.found is None
    assert system.reports == []


def test_without_a_live_version_nothing_is_searched(system: System) -> None:
    system.steps(ALL)

    assert system.found is None


@pytest.mark.parametrize(
    ("ratings", "ago_ms"), [(SEARCHED, HOUR_MS - 1), (GROWN * SEARCHED, HOUR_MS)]
)
def test_what_was_searched_lately_or_on_as_many_is_not_again(
    system: System, ratings: int, ago_ms: int
) -> None:
    system.publish(GROWN * SEARCHED)
    before = SearchedParameters(Parameters(rank=9), ratings, {}, NOW - ago_ms)
    searched_parameters.keep(system.folder, before)

    system.steps(ALL)

    assert system.found == before


def test_what_is_live_is_tried_first_so_that_nothing_worse_is_found(system: System) -> None:
    system.publish(GROWN * SEARCHED)
    system.clock_s = 0.0
    search = system.search()
    search.step(lambda: False, system.reports.append)
    system.clock_s = MINUTES * 60 + 1  # time is up: one trial of each study

    for _ in range(2):
        search.step(lambda: False, system.reports.append)

    assert system.found
    assert system.found.parameters == Parameters()


def test_a_search_that_is_to_stop_leaves_nothing(system: System) -> None:
    system.publish(GROWN * SEARCHED)

    system.steps(1, stopping=lambda: True)

    assert system.found is None


def test_where_nobody_can_be_judged_by_the_live_parameters_stay(
    system: System, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    system.ratings = system.ratings.where(slice(0, 3))
    system.publish(GROWN * SEARCHED)

    system.steps(1)

    assert system.found
    assert system.found.parameters == Parameters()
    assert "stays as it is: " in caplog.text

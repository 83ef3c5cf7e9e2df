"""When hyper-parameters are searched again, and what becomes of what was found."""

import dataclasses
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from batch import growth_search, pooled_hits, searched_parameters
from batch.evaluation import tuning
from batch.evaluation.search_progress import STARS, Tried
from batch.growth_search import GROWN, HOUR_MS, MINUTES, GrowthSearch
from batch.native_engine import Native
from batch.searched_parameters import SearchedParameters
from batch.snapshot import Snapshot
from batch.training import nothing_known
from contracts import artefact
from contracts.artefact import Manifest
from contracts.hyper_parameters import Parameters
from contracts.topics import Identity
from harness.builders import AT_MS, model
from recommender.ratings import IndexedRatings
from recommender.shilling_screen import Screened
from tests.batch.evaluation.small_datasets import drawn

SEARCHED, NOW = 1_000, AT_MS + 10 * HOUR_MS
TRIALS = 2
HALF_WEIGHTS = np.tile([1.0, 0.5], 15).astype(np.float32)


@pytest.fixture(autouse=True)
def _few_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth_search, "TRIALS", TRIALS)


@dataclass
class System:
    """A live version of so many ratings, and a search beside it."""

    folder: Path
    ratings: IndexedRatings = field(default_factory=lambda: drawn(users=30, movies=40))
    live: Parameters = field(default_factory=Parameters)
    clock_s: float = 0.0
    now_ms: int = NOW
    reports: list[str] = field(default_factory=list)

    def publish(self, ratings: int, version: int = 1) -> None:
        topic = Identity("cluster", "topic", 1)
        size = {"ratings": float(ratings)}
        manifest = Manifest(
            version, topic, {}, self.live, size, "", "", AT_MS, {}, searched_ratings=SEARCHED
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
            lambda: nothing_known,
            lambda: self.now_ms,
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
    assert system.found.ratings == GROWN * SEARCHED
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


def test_a_clock_that_was_ahead_does_not_stop_searches(system: System) -> None:
    system.publish(GROWN * SEARCHED)
    ahead = SearchedParameters(Parameters(rank=9), SEARCHED, {}, NOW + 1_000 * HOUR_MS)
    searched_parameters.keep(system.folder, ahead)

    system.steps(ALL)

    assert system.found
    assert system.found.searched_at_ms == NOW


def test_with_no_time_left_what_is_live_is_what_is_tried(system: System) -> None:
    system.live = replace(Parameters(), dislike_weight=0.3, movie_damping=5.0)
    system.publish(GROWN * SEARCHED)
    search = system.search()

    for _ in range(3):
        search.step(lambda: False, system.reports.append)
        system.clock_s = MINUTES[STARS] * 60 + 1

    assert system.found
    assert system.found.parameters == system.live


def test_what_another_engine_or_release_made_is_tried_as_near_as_a_search_goes(
    system: System,
) -> None:
    system.live = replace(Parameters(), base_likes=0.0, prior_weights=(0.16, 0.14, 0.02))
    system.publish(GROWN * SEARCHED)

    system.steps(ALL)

    assert system.found


def test_a_search_that_is_to_stop_leaves_nothing(system: System) -> None:
    system.publish(GROWN * SEARCHED)

    system.steps(ALL, stopping=lambda: True)

    assert system.found is None


def test_where_nobody_can_be_judged_by_nothing_else_is_tried(
    system: System, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    once = np.full(len(system.ratings), system.ratings.at_s[0])
    system.ratings = dataclasses.replace(system.ratings, at_s=once)  # all at the same time
    system.publish(GROWN * SEARCHED)

    system.steps(1)

    assert system.found
    assert system.found.parameters == Parameters()
    assert "the search has found nothing: " in caplog.text


def test_where_the_log_has_no_ratings_an_hour_goes_by(
    system: System, caplog: pytest.LogCaptureFixture
) -> None:
    whole, system.ratings = system.ratings, system.ratings.where(slice(0, 0))
    system.publish(GROWN * SEARCHED)
    search = system.search()

    for _ in range(3):
        assert not search.step(lambda: False, system.reports.append)
    assert caplog.text.count("cannot search hyper-parameters now: ") == 1

    system.ratings = whole
    system.now_ms += HOUR_MS
    assert search.step(lambda: False, system.reports.append)


def test_what_the_gate_has_refused_stays_refused_if_it_is_found_again(system: System) -> None:
    system.publish(GROWN * SEARCHED)
    system.steps(ALL)
    assert system.found
    refused = msgspec.structs.replace(
        system.found, refused=True, ratings=1, searched_at_ms=NOW - HOUR_MS
    )
    searched_parameters.keep(system.folder, refused)

    system.steps(ALL)

    assert system.found.refused
    assert system.found.searched_at_ms == NOW


def test_hits_that_were_pooled_before_a_search_are_forgotten(system: System) -> None:
    (system.folder / pooled_hits.FILE).write_text("{}")
    system.publish(GROWN * SEARCHED)

    system.steps(ALL)

    assert not (system.folder / pooled_hits.FILE).exists()


def test_whom_the_screen_suspects_takes_no_part(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth_search, "screened", lambda rated: Screened(HALF_WEIGHTS, []))
    system.publish(GROWN * SEARCHED)
    found: list[tuning.Tuning] = []

    def none_at_all(given: tuning.Tuning, *_: object) -> Iterator[Tried]:
        found.append(given)
        return iter(())

    monkeypatch.setattr(tuning, "search", none_at_all)
    system.steps(1)

    (release,) = found[0].releases
    assert release.train.user_ids.tolist() == system.ratings.user_ids[::2].tolist()

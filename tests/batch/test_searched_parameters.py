"""What a search has found: kept, tried, refused."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from batch.searched_parameters import (
    FILE,
    SearchedParameters,
    judged_from,
    keep,
    ratings_of,
    read,
    refuse,
    to_try,
)
from contracts.artefact import Manifest
from contracts.hyper_parameters import SHIPPED_FOR, UNTOLD, Parameters
from contracts.topics import Identity
from harness.builders import AT_MS

LIVE, FOUND = Parameters(rank=7), Parameters(rank=9)


@pytest.fixture
def found(tmp_path: Path) -> Path:
    keep(tmp_path, SearchedParameters(FOUND, 250_000, {0: 50, 1: 60}, AT_MS))
    return tmp_path


def manifest(parameters: Parameters, searched: int) -> Manifest:
    topic = Identity("cluster", "topic", 2)
    return Manifest(3, topic, {}, parameters, {}, "", "", AT_MS, {}, searched_ratings=searched)


def test_before_a_search_the_shipped_ones_are_tried(tmp_path: Path) -> None:
    assert to_try(tmp_path, LIVE) == Parameters()


def test_what_an_older_release_did_not_write_is_off(found: Path) -> None:
    written = json.loads((found / FILE).read_bytes())
    for name in UNTOLD:
        del written["parameters"][name]
    (found / FILE).write_text(json.dumps(written))

    assert to_try(found, LIVE) == replace(FOUND, **UNTOLD)


def test_what_was_found_is_tried(found: Path) -> None:
    assert to_try(found, LIVE) == FOUND


def test_once_refused_the_live_ones_stay(found: Path) -> None:
    refuse(found, FOUND)

    assert to_try(found, LIVE) == LIVE
    assert to_try(found, None) == Parameters()


def test_a_refusal_of_others_says_nothing_of_them(found: Path) -> None:
    refuse(found, LIVE)

    assert to_try(found, LIVE) == FOUND


def test_what_is_damaged_is_as_if_nothing_was_found(found: Path) -> None:
    (found / FILE).write_bytes(b"{")

    assert read(found) is None


def test_what_was_found_is_judged_by_events_after_the_search(found: Path) -> None:
    assert judged_from(found, FOUND, {0: 70, 1: 10}) == {0: 70, 1: 60}
    assert judged_from(found, LIVE, {0: 70, 1: 10}) == {0: 70, 1: 10}


def test_a_version_says_on_how_many_ratings_its_parameters_were_searched(found: Path) -> None:
    live = manifest(LIVE, 120_000)

    assert ratings_of(found, FOUND, live) == 250_000
    assert ratings_of(found, LIVE, live) == 120_000
    assert ratings_of(found, Parameters(), live) == SHIPPED_FOR

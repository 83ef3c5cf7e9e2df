"""Which data `reelstream up` needs, and which it refuses."""

import json
from pathlib import Path

import pytest

from contracts.process_exit import DAMAGED, FOREIGN, Failure
from harness.builders import movielens
from movielens.folder_or_zip import NoData
from reelstream.demo_data import find
from reelstream.loaded_data import begun_with, needed


def loaded(state: Path, whole: bool) -> None:
    (state / "loaded.json").write_text(json.dumps({"sha256": "0" * 64, "whole": whole}))


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is found when nobody gives data; given data are looked at as ever."""
    default = movielens(tmp_path / "default")
    monkeypatch.setattr("reelstream.loaded_data.find", lambda given: find(given or default))
    return default


def test_a_state_that_holds_everything_needs_no_data(tmp_path: Path, found: Path) -> None:
    loaded(tmp_path, whole=True)

    assert needed(tmp_path, None) is None


@pytest.mark.parametrize("begun", [True, False])
def test_a_state_that_does_not_needs_them(tmp_path: Path, found: Path, begun: bool) -> None:
    if begun:
        loaded(tmp_path, whole=False)

    assert needed(tmp_path, None) == found


def test_data_that_are_given_are_looked_at_also_where_none_are_needed(
    tmp_path: Path, found: Path
) -> None:
    loaded(tmp_path, whole=True)
    other = movielens(tmp_path / "other")

    assert needed(tmp_path, other) == other
    with pytest.raises(NoData):
        needed(tmp_path, tmp_path / "none")


def test_other_data_than_it_began_with_are_refused(tmp_path: Path) -> None:
    loaded(tmp_path, whole=True)

    with pytest.raises(Failure, match="the state began with ratings other than") as refused:
        begun_with(tmp_path / "loaded.json", movielens(tmp_path / "other"))

    assert refused.value.code == FOREIGN


def test_the_first_data_are_noted_before_they_are_whole(tmp_path: Path) -> None:
    data = movielens(tmp_path / "data")

    first, again = (begun_with(tmp_path / "loaded.json", data) for _ in range(2))

    assert (first, first.whole) == (again, False)


@pytest.mark.parametrize("content", [b"", b"{", b'{"sha256": 5}', b"\xff"])
def test_a_state_that_cannot_tell_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "loaded.json").write_bytes(content)

    with pytest.raises(Failure, match=r"loaded\.json cannot be read") as refused:
        needed(tmp_path, None)

    assert refused.value.code == DAMAGED

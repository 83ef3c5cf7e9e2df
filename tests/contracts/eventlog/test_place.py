"""Addresses of an event log, and what becomes of a store that is away."""

from pathlib import Path

import pytest

from contracts.eventlog import BadPlace, Place, PlaceAway


def test_a_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert Place.of("log").url == str(tmp_path / "log")


@pytest.mark.parametrize("scheme", ["s3", "s3a"])
def test_an_object_store_goes_by_either_name(scheme: str) -> None:
    assert str(Place.of(f"{scheme}://films/reel/log/")) == "s3://films/reel/log"


@pytest.mark.parametrize("address", ["hdfs://films/log", "http://films/log", "s3://", "s3:///log"])
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(BadPlace, match="neither a folder nor"):
        Place.of(address)


def test_a_secret_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(BadPlace) as refused:
        Place.of("s3://key:secret@films/log")

    assert "secret" not in str(refused.value)


def test_options_are_not_shown() -> None:
    assert str(Place.of("s3://films/log?endpoint_override=localhost:1")) == "s3://films/log"


def test_a_store_that_refuses_is_named(object_store: str) -> None:
    with pytest.raises(PlaceAway, match="s3://elsewhere/log"):
        Place.of(f"s3://elsewhere/log?{object_store}").write("log.json", b"{}")


def test_what_is_written_again_replaces_what_was(log: Place) -> None:
    log.write("0/a", b"one")
    log.write("0/a", b"two")

    assert log.read("0/a") == b"two"
    assert list(log.modified()) == ["0/a"]


def test_a_file_that_is_not_there_is_not_found(log: Place) -> None:
    log.delete("0/a")

    with pytest.raises(FileNotFoundError):
        log.read("0/a")

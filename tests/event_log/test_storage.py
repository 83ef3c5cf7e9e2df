"""Addresses of an event log, and what becomes of a store that is away."""

from pathlib import Path

import pytest

from event_log import BadStorageAddress, Storage, StorageUnavailable


def test_a_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert Storage.of("log").url == str(tmp_path / "log")


@pytest.mark.parametrize("scheme", ["s3", "s3a"])
def test_an_object_store_goes_by_either_name(scheme: str) -> None:
    assert str(Storage.of(f"{scheme}://movies/reel/log/")) == "s3://movies/reel/log"


@pytest.mark.parametrize(
    "address", ["hdfs://movies/log", "http://movies/log", "s3://", "s3:///log"]
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(BadStorageAddress, match="neither a folder nor"):
        Storage.of(address)


def test_a_secret_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(BadStorageAddress) as refused:
        Storage.of("s3://key:secret@movies/log")

    assert "secret" not in str(refused.value)


def test_options_are_not_shown() -> None:
    assert str(Storage.of("s3://movies/log?endpoint_override=localhost:1")) == "s3://movies/log"


def test_a_store_that_refuses_is_named(object_store: str) -> None:
    with pytest.raises(StorageUnavailable, match="s3://elsewhere/log"):
        Storage.of(f"s3://elsewhere/log?{object_store}").write("log.json", b"{}")


def test_what_is_written_again_replaces_what_was(log: Storage) -> None:
    log.write("0/a", b"one")
    log.write("0/a", b"two")

    assert log.read("0/a") == b"two"
    assert list(log.modified()) == ["0/a"]


def test_a_file_that_is_not_there_is_not_found(log: Storage) -> None:
    log.delete("0/a")

    with pytest.raises(FileNotFoundError):
        log.read("0/a")

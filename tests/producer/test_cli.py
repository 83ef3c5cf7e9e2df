"""The producer's usage, and its commands `rate`, `generate` and `catalogue`."""

from pathlib import Path

import pytest

from contracts.catalogue import save
from contracts.settings import Settings
from redis_store.catalogue import CatalogueStore
from redis_store.connection import connect, forget
from tests.producer.builders import catalogue_of
from tests.producer.command_runner import Command


def test_help_ends_well(producer: Command) -> None:
    code, said, _ = producer("replay", "--help")

    assert (code, "time order" in said) == (0, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("replay",),
        ("replay", ".", "--unknown"),
        ("replay", ".", "--password", "hunter2"),
        ("replay", ".", "--limit", "0"),
        ("replay", ".", "--limit", "-5"),
        ("replay", ".", "--clock", "mine"),
        ("rate", "7", "10"),
        ("rate", "x", "10", "4"),
    ],
)
def test_what_the_command_line_does_not_know_is_a_usage_error(
    producer: Command, arguments: tuple[str, ...]
) -> None:
    code, _, said = producer(*arguments)

    assert code == 2
    assert "Usage" in said
    assert "hunter2" not in said


def test_the_nearest_option_is_suggested(producer: Command) -> None:
    _, _, said = producer("replay", ".", "--limt", "5")

    assert "--limit" in said


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("0", "10", "4"), "user 0"),
        (("7", "2147483648", "4"), "movie 2147483648"),
        (("7", "10", "5.5"), "5.5 stars"),
        (("7", "10", "3.7"), "3.7 stars"),
        (("7", "10", "nan"), "nan stars"),
    ],
)
def test_a_rating_that_cannot_be(producer: Command, arguments: tuple[str, ...], what: str) -> None:
    assert producer.refused(2, what, "rate", *arguments)


def test_a_movie_that_the_kept_catalogue_does_not_have(
    producer: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELSTREAM_STATE", str(tmp_path))
    save(tmp_path / "catalogue.json", catalogue_of(10))

    assert producer.refused(
        3, "movie 777777 is not among the catalogue's 1", "rate", "7", "777777", "4"
    )


@pytest.mark.integration
def test_a_movie_that_the_published_catalogue_does_not_have(
    producer: Command, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("redis_url", "key_prefix", "state"):
        monkeypatch.setenv(f"REELSTREAM_{name.upper()}", str(getattr(settings, name)))
    store = CatalogueStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    store.write(catalogue_of(10))

    assert producer.refused(
        3, "movie 777777 is not among the catalogue's 1", "rate", "7", "777777", "4"
    )


def test_generating_into_a_folder_that_holds_something(producer: Command, release: Path) -> None:
    assert producer.refused(2, "already exists", "generate", str(release))


@pytest.mark.integration
def test_a_catalogue_is_published_again_from_its_file(
    producer: Command, release: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("redis_url", "key_prefix", "state"):
        monkeypatch.setenv(f"REELSTREAM_{name.upper()}", str(getattr(settings, name)))
    (release / "movies.csv").write_text("movieId,title,genres\n10,GoldenEye (1995),Action\n")
    client = connect(settings.redis_url, timeout_s=5)
    store = CatalogueStore(client, settings.keys)
    code, _, _ = producer("catalogue", str(release))
    published = store.read()
    forget(client, settings.key_prefix)

    again = producer("catalogue", "--json")

    assert (code, again) == (0, (0, '{"movies":1,"personas":0,"lost":{}}\n', ""))
    assert published
    assert store.read() == published


def test_a_catalogue_that_is_damaged_is_named(
    producer: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELSTREAM_STATE", str(tmp_path))
    (tmp_path / "catalogue.json").write_text("{")

    assert producer.refused(6, f"{tmp_path}/catalogue.json is damaged", "catalogue")


def test_a_catalogue_that_was_never_made_cannot_be_published_again(
    producer: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELSTREAM_STATE", str(tmp_path))

    assert producer.refused(2, "no catalogue has been saved", "catalogue")

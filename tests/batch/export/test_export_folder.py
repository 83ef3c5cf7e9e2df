"""A folder that is not ours is left alone, and one that is ours is replaced together."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from batch.export.export_folder import (
    FILES,
    MANIFEST,
    MARK,
    Draft,
    FolderHeld,
    ForeignFolder,
    Manifest,
    drafting,
)
from contracts.file_locks import alone
from contracts.topics import Identity

MADE = Manifest(1, Identity("cluster", "topic", 4), {0: 3}, 5, "", 100, {})


def put(draft: Draft, content: str) -> None:
    for name in FILES:
        draft.path(name).write_text(content)


def published(folder: Path, content: str) -> Manifest:
    with drafting(folder) as draft:
        put(draft, content)
        return draft.publish(MADE)


def held(folder: Path) -> Mapping[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.name != MANIFEST}


def whole(content: str) -> Mapping[str, str]:
    return {MARK: "", **dict.fromkeys(FILES, content)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "a" / "b"


def test_a_folder_is_made_where_there_is_none(folder: Path) -> None:
    published(folder, "one")

    assert held(folder) == whole("one")


@pytest.mark.parametrize("name", ["notes.txt", "movies.csv", MANIFEST])
def test_a_folder_with_other_things_is_left_as_it_is(folder: Path, name: str) -> None:
    folder.mkdir(parents=True)
    (folder / name).write_text("mine")

    with pytest.raises(ForeignFolder, match=name), drafting(folder):
        pass

    assert os.listdir(folder) == [name]


def test_an_export_that_somebody_put_things_into_is_left_as_it_is(folder: Path) -> None:
    published(folder, "one")
    (folder / "notes.txt").write_text("mine")

    with pytest.raises(ForeignFolder, match=r"notes\.txt"), drafting(folder):
        pass

    assert held(folder) == {**whole("one"), "notes.txt": "mine"}


def test_an_earlier_export_stays_until_the_new_one_is_whole(folder: Path) -> None:
    published(folder, "one")

    with drafting(folder) as draft:
        put(draft, "two")
        assert {name: (folder / name).read_text() for name in FILES} == dict.fromkeys(FILES, "one")
        draft.publish(MADE)

    assert held(folder) == whole("two")


def test_one_that_fails_leaves_the_earlier_export_and_nothing_else(folder: Path) -> None:
    before = published(folder, "one")

    with suppress(InterruptedError), drafting(folder) as draft:
        put(draft, "two")
        raise InterruptedError

    assert held(folder) == whole("one")
    assert msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest) == before


def test_what_a_killed_one_left_is_replaced(folder: Path) -> None:
    with drafting(folder) as draft:
        left = draft.path(FILES[0])
    left.write_text("half")

    published(folder, "one")

    assert held(folder) == whole("one")


def test_without_a_manifest_it_is_not_whole(folder: Path) -> None:
    """As somebody sees it whose machine died between two renames."""
    published(folder, "one")
    with drafting(folder) as draft:
        put(draft, "two")
        draft.path(FILES[-1]).unlink()
        with pytest.raises(FileNotFoundError):
            draft.publish(MADE)

    assert not (folder / MANIFEST).exists()


def test_two_do_not_write_into_one_folder(folder: Path) -> None:
    published(folder, "one")

    with alone(folder / MARK), pytest.raises(FolderHeld, match=str(folder)), drafting(folder):
        pass

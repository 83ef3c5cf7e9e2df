import contextlib
import errno
import multiprocessing
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.replay_ledger import (
    DamagedLedger,
    ForeignLedger,
    Ledger,
    LedgerHeld,
    LedgerNotKept,
    held,
    read,
    write,
)
from contracts.topics import Identity

LEDGER = Ledger("ab" * 32, "ratings", Identity("cluster", "topic", 4), "original", 10, 90, 50, 60)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)


def test_a_ledger_is_read_as_it_was_written(tmp_path: Path) -> None:
    write(tmp_path / "ledger", LEDGER)

    assert read(tmp_path / "ledger") == LEDGER


def test_where_no_ledger_is_there_is_none(tmp_path: Path) -> None:
    assert read(tmp_path / "ledger") is None


@given(st.data())
def test_a_ledger_that_is_cut_or_changed_is_refused_or_says_the_same(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("ledger") / "ledger"
    write(path, LEDGER)
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    tail = data.draw(st.sampled_from([b"", whole[at + 1 :]]))
    path.write_bytes(whole[:at] + data.draw(st.binary(max_size=1)) + tail)

    with contextlib.suppress(DamagedLedger, ForeignLedger):
        assert read(path) == LEDGER


def test_a_newer_format_is_foreign(tmp_path: Path) -> None:
    write(tmp_path / "ledger", LEDGER)
    newer = (tmp_path / "ledger").read_bytes().replace(b'"format":1', b'"format":2')
    (tmp_path / "ledger").write_bytes(newer)

    with pytest.raises(ForeignLedger, match="format 2, not 1"):
        read(tmp_path / "ledger")


@pytest.mark.parametrize("next_", [9, 91])
def test_a_row_outside_of_the_replay_is_refused(tmp_path: Path, next_: int) -> None:
    write(tmp_path / "ledger", msgspec.structs.replace(LEDGER, next=next_))

    with pytest.raises(DamagedLedger, match=f"row {next_} outside 10 to 90"):
        read(tmp_path / "ledger")


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_is_named(tmp_path: Path) -> None:
    with pytest.raises(LedgerNotKept, match="No space left on device"):
        write(tmp_path / "ledger", LEDGER)


def hold(path: Path, answer: "multiprocessing.Queue[str]") -> None:
    try:
        with held(path):
            answer.put("held")
    except LedgerHeld as error:
        answer.put(str(error))


@pytest.mark.slow
def test_a_second_producer_is_refused_while_the_first_runs(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    answer: multiprocessing.Queue[str] = spawn.Queue()
    path = tmp_path / "ledger"

    with held(path):
        other = spawn.Process(target=hold, args=(path, answer))
        other.start()
        other.join()
        said = answer.get()

    assert "in use by another producer" in said


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(LedgerNotKept, match=r"file/ledger"), held(tmp_path / "file" / "ledger"):
        pass


@pytest.mark.parametrize("content", [b"[" * 100_000, b"\xff", b"{}", b""])
def test_what_is_no_ledger_is_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ledger").write_bytes(content)

    with pytest.raises(DamagedLedger):
        read(tmp_path / "ledger")


@pytest.mark.parametrize("name", ["", "/", ".", "ratings.csv"])
def test_a_ledger_is_not_kept_over_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n")

    with pytest.raises(LedgerNotKept, match="cannot be used as a ledger"), held(Path(name)):
        pass


@pytest.mark.usefixtures("full_disk")
def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(LedgerNotKept):
        write(tmp_path / "ledger", LEDGER)

    assert not list(tmp_path.iterdir())

"""Paths where no release lies, files that may not be read, and files that change meanwhile."""

import os
import re
import socket
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from movielens.folder_or_zip import Damaged, File, Member, NoData, members
from movielens.release import open_release
from tests.movielens.zip_builders import RATINGS, release, zipped

HEEDS_PERMISSIONS = (
    [] if os.geteuid() else ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
)
"""Runs a command that may not read where the permissions say no, even for root."""


def nothing(path: Path) -> None:
    pass


def link_to_nothing(path: Path) -> None:
    path.symlink_to("nowhere")


def link_to_itself(path: Path) -> None:
    path.symlink_to(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def listening_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(path))


def folder_of_a_fifo(path: Path) -> None:
    path.mkdir()
    os.mkfifo(path / "ratings.csv")


def full_folder(path: Path) -> None:
    path.mkdir()
    for n in range(1001):
        (path / f"{n}.csv").touch()


@pytest.mark.parametrize(
    "made",
    [nothing, link_to_nothing, link_to_itself, device, listening_socket, os.mkfifo, Path.mkdir,
     folder_of_a_fifo, full_folder],
)  # fmt: skip
def test_a_path_without_data_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: Callable[[Path], None]
) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    made(Path("data"))

    with pytest.raises(NoData, match=r"^data "):
        open_release(Path("data"))


@pytest.mark.parametrize("below", ["ratings.csv", "x" * 300])
def test_a_path_that_cannot_be_is_named(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(NoData, match=f"^{re.escape(str(tmp_path / 'file' / below))} "):
        open_release(tmp_path / "file" / below)


@pytest.mark.parametrize(
    ("closed", "given"),
    [("ml", "ml"), ("ml", "ml/ratings.csv"), ("ml/ratings.csv", "ml"),
     ("ml/ratings.csv", "ml/ratings.csv"), ("ml.zip", "ml.zip")],
)  # fmt: skip
def test_what_may_not_be_read_is_named(tmp_path: Path, closed: str, given: str) -> None:
    (tmp_path / "ml").mkdir()
    (tmp_path / "ml" / "ratings.csv").write_bytes(RATINGS)
    release(tmp_path / "ml.zip")
    (tmp_path / closed).chmod(0)

    ended = opened_without_rights(tmp_path / given)
    (tmp_path / closed).chmod(0o700)

    assert re.search(rf"NoData: {tmp_path}/{given}\S* is not readable", ended.stderr)


def test_a_folder_inside_that_may_not_be_read_is_no_part_of_a_release(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_bytes(RATINGS)
    (tmp_path / "lost+found").mkdir(mode=0)

    ended = opened_without_rights(tmp_path)

    assert (ended.returncode, ended.stderr) == (0, "")


def opened_without_rights(path: Path) -> "subprocess.CompletedProcess[str]":
    """A release opened by somebody to whom permissions mean something."""
    program = (
        "import sys, pathlib, movielens.release as it\nit.open_release(pathlib.Path(sys.argv[1]))"
    )
    command = [*HEEDS_PERMISSIONS, sys.executable, "-c", program, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def grows(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"1")


def shrinks(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 30)


def is_rewritten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[::-1])


def is_replaced(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    os.utime(other, (0, 0))
    other.replace(path)


@pytest.mark.parametrize("happens", [grows, shrinks, is_rewritten, is_replaced, Path.unlink])
@pytest.mark.parametrize("name", ["ratings.csv", "ml.zip"])
def test_a_file_that_changes_while_it_is_read_is_damaged(
    tmp_path: Path, name: str, happens: Callable[[Path], None]
) -> None:
    path = tmp_path / name
    path.write_bytes(RATINGS) if path.suffix == ".csv" else release(path)
    os.utime(path, (0, 0))
    chunks = members(path)[0][0].chunks(1000)
    next(chunks)

    happens(path)

    with pytest.raises(Damaged, match=re.escape(str(path))):
        list(chunks)


def test_a_disk_that_fails_is_said_to_do_so(tmp_path: Path) -> None:
    unreadable = File(Path("/proc/self/mem"))

    with pytest.raises(Damaged, match="could not be read to the end: Input/output error"):
        list(unreadable.chunks())


def in_a_zip(path: Path, content: bytes) -> Path:
    return zipped(path / "ml.zip", [("ratings.csv", content)])


def in_a_folder(path: Path, content: bytes) -> Path:
    (path / "ratings.csv").write_bytes(content)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("kept", [in_a_zip, in_a_folder])
def test_memory_stays_flat(tmp_path: Path, kept: Callable[[Path, bytes], Path]) -> None:
    member: Member = members(kept(tmp_path, os.urandom(2_000_000) * 10))[0][0]

    tracemalloc.start()
    total = sum(map(len, member.chunks(100_000)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert total == member.size == 20_000_000
    assert peak < 1_000_000

import os
import re
import socket
import stat
import struct
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.movielens.layouts import NotMovieLens, open_release
from contracts.movielens.sources import Damaged, File, Member, NoData, members
from tests.contracts.movielens.archives import (
    CRC,
    DISK,
    FLAGS,
    RATINGS,
    SIZE,
    nested,
    of_mode,
    quoted_overlap,
    read,
    release,
    said,
    split,
    zipped,
)

HEEDS_PERMISSIONS = (
    [] if os.geteuid() else ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
)
"""Runs a command that may not read where the permissions say no, even for root."""


def test_a_zip_is_read_as_its_folder_would_be(tmp_path: Path) -> None:
    assert read(release(tmp_path / "ml.zip")) == [RATINGS]
    assert [path.name for path in tmp_path.iterdir()] == ["ml.zip"]


def test_a_zip_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    assert read(release(tmp_path / "download")) == [RATINGS]


def test_a_zip64_is_read(tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(tmp_path / "ml.zip", "w") as archive,
        archive.open("ratings.csv", "w", force_zip64=True) as member,
    ):
        member.write(RATINGS)

    assert read(tmp_path / "ml.zip") == [RATINGS]


@pytest.mark.parametrize("content", [b"", b"P", b"<html>sign in here</html>", RATINGS])
def test_what_only_has_the_name_of_a_zip_is_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ml.zip").write_bytes(content)

    with pytest.raises(Damaged, match=r"ml\.zip is no whole zip"):
        members(tmp_path / "ml.zip")


@pytest.mark.parametrize("left", [2, 50, -40, -1])
def test_a_truncated_zip_is_damaged(tmp_path: Path, left: int) -> None:
    path = release(tmp_path / "ml.zip")
    path.write_bytes(path.read_bytes()[:left])

    with pytest.raises(Damaged, match="is no whole zip"):
        members(path)


def test_a_piece_of_a_zip_on_several_disks_is_damaged(tmp_path: Path) -> None:
    path = split(release(tmp_path / "ml.zip"), 40)

    with pytest.raises(Damaged):
        read(path)


def test_a_member_on_another_disk_is_refused(tmp_path: Path) -> None:
    path = said(release(tmp_path / "ml.zip"), DISK, "<H", 1)

    with pytest.raises(Damaged, match="a member on another disk"):
        members(path)


def test_a_member_with_a_wrong_crc_is_damaged(tmp_path: Path) -> None:
    path = said(release(tmp_path / "ml.zip"), CRC, "<L", 1)

    with pytest.raises(Damaged, match=r"ml\.zip!ml/ratings\.csv does not unpack: Bad CRC"):
        read(path)


def test_a_member_with_a_password_is_refused(tmp_path: Path) -> None:
    path = said(release(tmp_path / "ml.zip"), FLAGS, "<H", 1)

    with pytest.raises(Damaged, match="members with a password"):
        members(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_that_is_packed_in_a_rare_way_is_refused(tmp_path: Path, method: int) -> None:
    path = zipped(tmp_path / "ml.zip", [("ratings.csv", RATINGS)], method)

    with pytest.raises(Damaged, match="packed in a rare way"):
        members(path)


@pytest.mark.parametrize(
    "name",
    ["../ratings.csv", "ml/../ratings.csv", "..", "/ratings.csv", "//host/ratings.csv", "",
     "C:ratings.csv", "C:/ratings.csv", "C:\\ratings.csv", "ml\\ratings.csv", "..\\ratings.csv",
     "ratings.csv\0.txt", "ratings\n.csv", "rätings.csv", ".ratings.csv", "__MACOSX/._ratings.csv",
     "a/b/ratings.csv"],
)  # fmt: skip
def test_a_name_that_no_release_has_is_passed_over_and_counted(tmp_path: Path, name: str) -> None:
    info = zipfile.ZipInfo()
    info.filename = name
    path = zipped(tmp_path / "ml.zip", [(info, RATINGS * 2), ("ml/ratings.csv", RATINGS)])

    found = open_release(path)

    assert b"".join(found.ratings.member.chunks()) == RATINGS
    assert found.ignored == 1


@pytest.mark.parametrize(
    "kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK]
)
def test_a_link_or_a_device_is_refused(tmp_path: Path, kind: int) -> None:
    path = zipped(tmp_path / "ml.zip", [(of_mode(kind | 0o777), b"/etc/passwd")])

    with pytest.raises(Damaged, match="a link or a device"):
        members(path)


def test_a_member_that_grows_beyond_all_measure_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "ml.zip", [("ratings.csv", bytes(10**6))])

    with pytest.raises(Damaged, match="grows more than 200-fold"):
        members(path)


def test_more_than_4_gib_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "ml.zip", [("ratings.csv", RATINGS), ("tags.csv", RATINGS)])

    with pytest.raises(Damaged, match="more than 4 GiB, unpacked"):
        members(said(path, SIZE, "<L", 2**32 - 2))


def test_more_than_a_thousand_members_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "ml.zip", ((f"{n}.csv", b"") for n in range(1001)))

    with pytest.raises(Damaged, match="1,001 members, more than 1,000"):
        members(path)


def test_a_directory_beyond_all_measure_is_not_read(tmp_path: Path) -> None:
    infos = [zipfile.ZipInfo(f"{n}.csv") for n in range(70)]
    for info in infos:
        info.comment = bytes(60_000)
    path = zipped(tmp_path / "ml.zip", ((info, b"") for info in infos))

    with pytest.raises(Damaged, match=r"is no whole zip: its directory has 4,\d{3},\d{3} bytes"):
        members(path)


@pytest.mark.parametrize("count", [2, 200])
def test_members_that_hold_each_other_are_refused(tmp_path: Path, count: int) -> None:
    with pytest.raises(Damaged, match="members inside each other"):
        members(quoted_overlap(tmp_path / "ml.zip", count))


def test_a_lone_member_of_that_making_is_read(tmp_path: Path) -> None:
    assert len(read(quoted_overlap(tmp_path / "ml.zip", 1))[0]) == 20_000


@pytest.mark.parametrize("other", [b"ml/ratings.csv", b"ml/Ratings.CSV"])
def test_a_name_that_comes_twice_is_refused(tmp_path: Path, other: bytes) -> None:
    path = zipped(tmp_path / "ml.zip", [("ml/ratings.csv", b"1"), ("ml/rrrrrrr.csv", b"2")])
    path.write_bytes(path.read_bytes().replace(b"ml/rrrrrrr.csv", other))

    with pytest.raises(Damaged, match="two members of the same name"):
        members(path)


def test_a_member_that_is_longer_than_it_says_is_not_read_on(tmp_path: Path) -> None:
    path = said(release(tmp_path / "ml.zip"), SIZE, "<L", 10)
    chunks = members(path)[0][0].chunks()

    with pytest.raises(Damaged, match="does not unpack: Bad CRC"):
        assert len(next(chunks)) == 10


def test_a_member_that_is_shorter_than_it_says_is_damaged(tmp_path: Path) -> None:
    path = said(release(tmp_path / "ml.zip"), SIZE, "<L", len(RATINGS) + 1)

    with pytest.raises(Damaged, match=r"unpacks to 4,\d{3} bytes, not 4,\d{3}"):
        read(path)


def test_an_offset_that_no_file_has_is_damaged(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("ratings.csv")
    info.extra = struct.pack("<HHQ", 1, 8, 2**64 - 1)
    path = said(zipped(tmp_path / "ml.zip", [(info, RATINGS)]), 42, "<L", 2**32 - 1)

    with pytest.raises(Damaged):
        read(path)


@given(st.lists(st.tuples(st.integers(0, 10**4), st.binary(min_size=1, max_size=8)), max_size=4))
def test_a_zip_with_any_bytes_changed_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, bytes]]
) -> None:
    path = release(tmp_path_factory.mktemp("zip") / "ml.zip")
    content = bytearray(path.read_bytes())
    for at, new in changes:
        first = -1 - at % min(len(content), 200)
        content[first : first + len(new)] = new
    path.write_bytes(content)

    try:
        found = read(path)
    except (Damaged, NoData):
        return
    assert set(found) <= {RATINGS, b""}


def test_a_zip_in_a_zip_is_not_movielens(tmp_path: Path) -> None:
    inner = nested(release(tmp_path / "inner.zip"))
    path = zipped(tmp_path / "ml.zip", [("ml-25m.zip", inner)])

    # A zip's clock may put an apostrophe into it, which changes how it is quoted.
    with pytest.raises(NotMovieLens, match=r"begins with ['\"]PK"):
        open_release(path)


def test_a_zip_of_other_ratings_is_not_movielens(tmp_path: Path) -> None:
    path = zipped(tmp_path / "ml.zip", [("ratings.csv", b"user,item\n1,2\n"), ("a.csv", b"a\n")])

    with pytest.raises(NotMovieLens, match=r"ml\.zip!ratings\.csv begins with 'user,item'"):
        open_release(path)


def test_a_zip_without_ratings_has_no_data(tmp_path: Path) -> None:
    path = zipped(tmp_path / "ml.zip", [("photo.jpg", b"\xff\xd8"), ("notes.txt", b"a\n")])

    with pytest.raises(NoData, match=r"ml\.zip holds no ratings"):
        open_release(path)


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

    program = (
        "import sys, pathlib, contracts.movielens.layouts as layouts\n"
        "layouts.open_release(pathlib.Path(sys.argv[1]))"
    )
    command = [*HEEDS_PERMISSIONS, sys.executable, "-c", program, str(tmp_path / given)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    (tmp_path / closed).chmod(0o700)

    assert re.search(rf"NoData: {tmp_path}/{given}\S* may not be read", ended.stderr)


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

    with pytest.raises(Damaged, match="cannot be read on: Input/output error"):
        list(unreadable.chunks())


def in_a_zip(path: Path, content: bytes) -> Path:
    return zipped(path / "ml.zip", [("ratings.csv", content)])


def in_a_folder(path: Path, content: bytes) -> Path:
    (path / "ratings.csv").write_bytes(content)
    return path


@pytest.mark.parametrize("kept", [in_a_zip, in_a_folder])
def test_memory_stays_flat(tmp_path: Path, kept: Callable[[Path, bytes], Path]) -> None:
    member: Member = members(kept(tmp_path, os.urandom(2_000_000) * 10))[0][0]

    tracemalloc.start()
    total = sum(map(len, member.chunks(100_000)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert total == member.size == 20_000_000
    assert peak < 1_000_000

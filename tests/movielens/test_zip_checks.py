"""Zips that nobody should open are refused before anything in them is read."""

import stat
import zipfile
from pathlib import Path

import pytest

from movielens.folder_or_zip import Damaged, members
from movielens.release import open_release
from tests.movielens.zip_builders import (
    DISK,
    FLAGS,
    RATINGS,
    SIZE,
    of_mode,
    quoted_overlap,
    read,
    release,
    said,
    zipped,
)


def test_a_member_on_another_disk_is_refused(tmp_path: Path) -> None:
    path = said(release(tmp_path / "ml.zip"), DISK, "<H", 1)

    with pytest.raises(Damaged, match="a member on another volume"):
        members(path)


def test_a_member_with_a_password_is_refused(tmp_path: Path) -> None:
    path = said(release(tmp_path / "ml.zip"), FLAGS, "<H", 1)

    with pytest.raises(Damaged, match="password-protected members"):
        members(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_that_is_packed_in_a_rare_way_is_refused(tmp_path: Path, method: int) -> None:
    path = zipped(tmp_path / "ml.zip", [("ratings.csv", RATINGS)], method)

    with pytest.raises(Damaged, match="unsupported compression"):
        members(path)


@pytest.mark.parametrize(
    "name",
    ["../ratings.csv", "ml/../ratings.csv", "..", "/ratings.csv", "//host/ratings.csv", "",
     "C:ratings.csv", "C:/ratings.csv", "C:\\ratings.csv", "ml\\ratings.csv", "..\\ratings.csv",
     "ratings.csv\0.txt", "ratings\n.csv", "rätings.csv", ".ratings.csv", "__MACOSX/._ratings.csv",
     "a/b/ratings.csv", "a/b/part-time.csv", "a/b/c/part-00000.csv"],
)  # fmt: skip
def test_a_name_that_no_release_has_is_passed_over_and_counted(tmp_path: Path, name: str) -> None:
    info = zipfile.ZipInfo()
    info.filename = name
    path = zipped(tmp_path / "ml.zip", [(info, RATINGS * 2), ("ml/ratings.csv", RATINGS)])

    found = open_release(path)

    assert b"".join(found.ratings.chunks()) == RATINGS
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

    with pytest.raises(Damaged, match="expands more than 200-fold"):
        members(path)


def test_more_than_4_gib_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "ml.zip", [("ratings.csv", RATINGS), ("tags.csv", RATINGS)])

    with pytest.raises(Damaged, match="more than 4 GiB when unpacked"):
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

    with pytest.raises(Damaged, match=r"is a corrupt zip: its directory is 4,\d{3},\d{3} bytes"):
        members(path)


@pytest.mark.parametrize("count", [2, 200])
def test_members_that_hold_each_other_are_refused(tmp_path: Path, count: int) -> None:
    with pytest.raises(Damaged, match="overlapping members"):
        members(quoted_overlap(tmp_path / "ml.zip", count))


def test_a_lone_member_of_that_making_is_read(tmp_path: Path) -> None:
    assert len(read(quoted_overlap(tmp_path / "ml.zip", 1))[0]) == 20_000


@pytest.mark.parametrize("other", [b"ml/ratings.csv", b"ml/Ratings.CSV"])
def test_a_name_that_comes_twice_is_refused(tmp_path: Path, other: bytes) -> None:
    path = zipped(tmp_path / "ml.zip", [("ml/ratings.csv", b"1"), ("ml/rrrrrrr.csv", b"2")])
    path.write_bytes(path.read_bytes().replace(b"ml/rrrrrrr.csv", other))

    with pytest.raises(Damaged, match="two members with the same name"):
        members(path)

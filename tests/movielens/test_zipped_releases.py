"""A zip is read as its folder would be, or said to be damaged."""

import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movielens.folder_or_zip import Damaged, NoData, members
from movielens.release import NotMovieLens, open_release
from tests.movielens.zip_builders import (
    CRC,
    RATINGS,
    SIZE,
    nested,
    read,
    release,
    said,
    split,
    zipped,
)


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

    with pytest.raises(Damaged, match=r"ml\.zip is a corrupt zip"):
        members(tmp_path / "ml.zip")


@pytest.mark.parametrize("left", [2, 50, -40, -1])
def test_a_truncated_zip_is_damaged(tmp_path: Path, left: int) -> None:
    path = release(tmp_path / "ml.zip")
    path.write_bytes(path.read_bytes()[:left])

    with pytest.raises(Damaged, match="is a corrupt zip"):
        members(path)


def test_a_piece_of_a_zip_on_several_disks_is_damaged(tmp_path: Path) -> None:
    path = split(release(tmp_path / "ml.zip"), 40)

    with pytest.raises(Damaged):
        read(path)


def test_a_member_with_a_wrong_crc_is_damaged(tmp_path: Path) -> None:
    path = said(release(tmp_path / "ml.zip"), CRC, "<L", 1)

    with pytest.raises(Damaged, match=r"ml\.zip!ml/ratings\.csv cannot be unpacked: Bad CRC"):
        read(path)


def test_the_parts_of_a_file_may_lie_in_a_folder_of_their_own(tmp_path: Path) -> None:
    names = ("ml/ratings.csv/_SUCCESS", "ml/ratings.csv/part-00001-a.csv", "ml/ratings.csv/part-0")
    path = zipped(tmp_path / "ml.zip", ((name, RATINGS) for name in names))

    ratings = open_release(path).ratings

    assert [part.member.name for part in ratings.parts] == ["part-0", "part-00001-a.csv"]
    assert (ratings.name, ratings.where) == ("ratings.csv", f"{path}/ml/ratings.csv")


def test_a_member_that_is_longer_than_it_says_is_not_read_on(tmp_path: Path) -> None:
    path = said(release(tmp_path / "ml.zip"), SIZE, "<L", 10)
    chunks = members(path)[0][0].chunks()

    with pytest.raises(Damaged, match="cannot be unpacked: Bad CRC"):
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

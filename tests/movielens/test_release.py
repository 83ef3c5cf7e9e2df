from pathlib import Path

import pytest

from movielens.file_layouts import Role
from movielens.folder_or_zip import NoData
from movielens.release import EmptyFile, NotMovieLens, open_release

CSV = b"userId,movieId,rating,timestamp\n1,10,4.0,978300760\n"


def written(path: Path, content: bytes = CSV) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def parts(folder: Path) -> list[tuple[str, bool]]:
    """The parts of the ratings by name, and whether they have a header."""
    found = open_release(folder).ratings.parts
    return [(part.member.name, part.layout.header) for part in found]


def test_names_make_no_difference(tmp_path: Path) -> None:
    written(tmp_path / "movies.txt")

    assert open_release(tmp_path).ratings.name == "movies.txt"


def test_the_folds_of_100k_are_its_ratings_once_more(tmp_path: Path) -> None:
    for name, lines in (("u1.base", 4), ("u.data", 5), ("u1.test", 1), ("ua.base", 9)):
        written(tmp_path / name, b"196\t242\t3\t881250949\n" * lines)

    release = open_release(tmp_path)

    assert (release.ratings.name, release.passed_over) == ("u.data", [])


def test_folds_alone_are_of_no_telling_which(tmp_path: Path) -> None:
    for name in ("u1.base", "u1.test"):
        written(tmp_path / name, b"196\t242\t3\t881250949\n")

    what = r"cannot tell which file holds the ratings: \S+/u1\.base, \S+/u1\.test$"
    with pytest.raises(NotMovieLens, match=what):
        open_release(tmp_path)


def test_of_several_files_the_one_with_the_name_is_taken_and_the_others_are_named(
    tmp_path: Path,
) -> None:
    written(tmp_path / "ratings.csv")
    written(tmp_path / "ratings_more.csv", CSV * 9)
    written(tmp_path / "tags.csv", b"userId,movieId,tag,timestamp\n")
    written(tmp_path / "my_tags.csv", b"userId,movieId,tag,timestamp\n1,2,fun,5\n")

    release = open_release(tmp_path)

    assert release.ratings.name == "ratings.csv"
    assert release.tables[Role.tags].name == "tags.csv"
    assert sorted(release.passed_over) == [
        f"{tmp_path}/my_tags.csv is ignored: the tags are read from {tmp_path}/tags.csv",
        f"{tmp_path}/ratings_more.csv is ignored: the ratings are read from {tmp_path}/ratings.csv",
    ]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (("a.csv", "b.csv"), "a.csv, {0}/b.csv"),
        (("ratings.csv", "ratings.dat"), "ratings.csv, {0}/ratings.dat"),
        (("part-00000.csv", "part-00000 (1).csv"), "part-00000 (1).csv, {0}/part-00000.csv"),
        (("a.csv", "b.csv", "c.csv", "d.csv", "e.csv"), "a.csv, {0}/b.csv, {0}/c.csv and 2 more"),
    ],
)
def test_several_files_that_may_be_meant_are_refused_and_named(
    tmp_path: Path, names: tuple[str, ...], shown: str
) -> None:
    for name in names:
        written(tmp_path / name)

    with pytest.raises(NotMovieLens) as refused:
        open_release(tmp_path)

    told = f"{tmp_path}/{shown.format(tmp_path)}"
    assert str(refused.value) == f"cannot tell which file holds the ratings: {told}"


def test_several_files_that_no_start_needs_are_passed_over_and_named(tmp_path: Path) -> None:
    written(tmp_path / "ratings.csv")
    for name in ("a.csv", "b.csv"):
        written(tmp_path / name, b"userId,movieId,tag,timestamp\n1,2,fun,5\n")

    release = open_release(tmp_path)

    assert release.tables.keys() == {Role.ratings}
    told = f"{tmp_path}/a.csv, {tmp_path}/b.csv"
    assert release.passed_over == [f"cannot tell which file holds the tags: {told}"]


def test_ratings_of_another_kind_are_not_replaced_by_others(tmp_path: Path) -> None:
    written(tmp_path / "ratings.csv", b"user;item\n1;2\n")
    written(tmp_path / "older.csv")

    with pytest.raises(NotMovieLens, match=r"ratings\.csv begins with 'user;item', not"):
        open_release(tmp_path)


@pytest.mark.parametrize("folder", [".", "ratings.csv", "ratings", "mine"])
def test_parts_are_one_file_wherever_they_lie(tmp_path: Path, folder: str) -> None:
    for number in (0, 1, 10, 2):
        written(tmp_path / folder / f"part-{number}-abc.csv")
    written(tmp_path / folder / "_SUCCESS", b"")
    written(tmp_path / folder / "_part-3-abc.csv")
    written(tmp_path / folder / ".part-0-abc.csv.crc", b"crc\0\0")
    written(tmp_path / folder / ".part-0-abc.csv")
    written(tmp_path / "movies.csv", b"movieId,title\n")

    assert parts(tmp_path) == [(f"part-{n}-abc.csv", True) for n in (0, 1, 2, 10)]


def test_what_is_not_yet_written_to_its_end_is_no_part(tmp_path: Path) -> None:
    written(tmp_path / "part-00000.csv")
    written(tmp_path / "_temporary" / "part-00001.csv")

    assert parts(tmp_path) == [("part-00000.csv", True)]


def test_the_folder_of_the_parts_is_a_release_alone(tmp_path: Path) -> None:
    written(tmp_path / "ratings.csv" / "part-00000.csv")
    written(tmp_path / "ratings.csv" / "part-00001.csv")

    ratings = open_release(tmp_path / "ratings.csv").ratings

    assert (ratings.name, ratings.where) == ("ratings.csv", f"{tmp_path}/ratings.csv")
    assert ratings.size == 2 * len(CSV)
    assert b"".join(ratings.chunks()) == CSV * 2


def test_files_of_each_kind_may_be_in_parts(tmp_path: Path) -> None:
    written(tmp_path / "ratings" / "part-00000")
    for number in range(2):
        written(tmp_path / "movies" / f"part-0000{number}", b"movieId,title\n")

    tables = open_release(tmp_path).tables

    assert {role: (table.name, len(table.parts)) for role, table in tables.items()} == {
        Role.ratings: ("ratings", 1),
        Role.movies: ("movies", 2),
    }


@pytest.mark.parametrize(
    ("contents", "headers"),
    [
        ((CSV, CSV), [True, True]),
        ((CSV, b"1,10,4.0,978300760\n"), [True, False]),
        ((b"1,10,4.0,978300760\n", b"1,10,4.0,978300760\n"), [False, False]),
        ((b"", CSV, b"junk\n"), [False, True, False]),
    ],
)
def test_each_part_has_a_header_or_none(
    tmp_path: Path, contents: tuple[bytes, ...], headers: list[bool]
) -> None:
    for number, content in enumerate(contents):
        written(tmp_path / f"part-{number}", content)

    assert [header for _, header in parts(tmp_path)] == headers


def test_a_header_tells_the_columns_of_parts_without_one(tmp_path: Path) -> None:
    written(tmp_path / "part-0", b"10,1,4.0,978300760\n")
    written(tmp_path / "part-1", b"movieId,userId,rating,timestamp\n10,1,4.0,978300760\n")

    columns = {part.layout.columns for part in open_release(tmp_path).ratings.parts}

    assert columns == {("movieId", "userId", "rating", "timestamp")}


def test_parts_of_another_kind_are_quoted(tmp_path: Path) -> None:
    written(tmp_path / "part-00000", b"user,item\n1,2\n")

    with pytest.raises(NotMovieLens, match=r"part-00000 begins with 'user,item', not"):
        open_release(tmp_path)


def test_a_file_of_ratings_alone_is_a_release(tmp_path: Path) -> None:
    (tmp_path / "some.csv").write_bytes(CSV)

    assert set(open_release(tmp_path / "some.csv").tables) == {Role.ratings}


def test_a_path_where_nothing_is_has_no_data(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="does not exist"):
        open_release(tmp_path / "none")


def test_a_folder_without_ratings_has_no_data(tmp_path: Path) -> None:
    with pytest.raises(NoData, match=r"holds no ratings$"):
        open_release(tmp_path)


def test_the_one_folder_inside_is_suggested(tmp_path: Path) -> None:
    (tmp_path / "ml-1m").mkdir()

    with pytest.raises(NoData, match=r"did you mean .*/ml-1m\?"):
        open_release(tmp_path)


def test_an_empty_file_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").touch()

    with pytest.raises(EmptyFile, match="0 ratings"):
        open_release(tmp_path)


def test_utf_16_is_named(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_bytes(CSV.decode().encode("utf-16"))

    with pytest.raises(NotMovieLens, match="UTF-16: save it as UTF-8"):
        open_release(tmp_path)


@pytest.mark.parametrize(
    "header", ["user,item,stars", "userId,movieId,rating", "1,10,4.0,5", "user,movie,r,t"]
)
def test_another_header_is_quoted_beside_the_one_that_is_expected(
    tmp_path: Path, header: str
) -> None:
    (tmp_path / "ratings.csv").write_text(f"{header}\n" + "1,10,4.0,978300760\n" * 5)

    with pytest.raises(NotMovieLens, match=f"begins with '{header}', not 'userId,movieId,rating,"):
        open_release(tmp_path)

"""Other people's files: each damage as `validate`, `catalogue` and a replay take it, alike."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.catalogue import Catalogue, load
from contracts.settings import Settings
from harness.builders import movielens
from tests.movielens.small_releases import ml_1m, ml_100k, write
from tests.producer.command_runner import Command

RATED = "".join(f"{user},10,4.0,97830000{user}\n" for user in range(1, 4))
TITLES = "10,Heat (1995),Action\n20,Fargo (1996),Crime\n30,Big (1988),Comedy\n"
LINKS = "movieId,imdbId,tmdbId\n10,0113277,949\n"
TAGS = "userId,movieId,tag,timestamp\n1,10,heist,5\n"
HEADER = "movieId,title,genres\n"
Lost = dict[str, int | None]

DAMAGED: list[tuple[str, str, Lost]] = [
    ("links.csv", "movieId,imdbId,tmdbId\n10,0113277,949.0\n", {}),
    ("links.csv", "movieId,imdbId,tmdbId\n10,tt0113277,949\n", {}),
    ("links.csv", LINKS + "20,x,9\n30,1,x\n", {"links": 2}),
    ("links.csv", "id;imdb\n10;113277\n", {"links": None}),
    ("links.csv", "", {"links": None}),
    ("tags.csv", TAGS + '1,10,"two\nlines",5\n', {}),
    ("tags.csv", TAGS + '1,10,"open,5\n1,10,fine,5\n', {"tags": 1}),
    ("tags.csv", TAGS + "1,x,fun,5\n" * 9, {"tags": 9}),
    ("movies.csv", HEADER + TITLES + '11,"Two\nLines (2001)",Drama\n', {}),
    ("movies.csv", "movieId,title\n10,Heat (1995)\n", {}),
    ("movies.csv", '"movieId","title","genres"\n"10","Heat (1995)","Action"\n', {}),
    ("movies.csv", HEADER + TITLES + "11,Monsters, Inc. (2001),Animation\n", {"movies": 1}),
    ("movies.csv", HEADER + "0,Nothing (2001),Drama\n" + TITLES, {"movies": 1}),
    ("movies.csv", HEADER + TITLES + '11,"Open (2001),Drama\n', {"movies": 1}),
]
"""File, what it holds, and what is lost of it: a replay starts all the same."""

REFUSED: list[tuple[str, str, str]] = [
    ("movies.csv", "10;Heat;Action\n", "movies.csv holds no movies: it begins with '10;Heat"),
    ("movies.csv", "", "movies.csv is empty"),
    (
        "movies.csv",
        HEADER + "10;Heat (1995);Action\n" * 3,
        "movies.csv line 2: invalid movie: 1 fields",
    ),
    ("more.csv", "userId,movieId,rating,timestamp\n1,2,3,978300001\n", "cannot tell which file"),
]
"""File, what it holds, and what is said: beside ratings that are not called as the release's."""


@pytest.fixture
def kept(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Where `producer catalogue` keeps one."""
    for name in ("redis_url", "key_prefix", "state"):
        monkeypatch.setenv(f"REELSTREAM_{name.upper()}", str(getattr(settings, name)))
    return settings


def damaged(folder: Path, name: str, content: str) -> str:
    movielens(folder, RATED, TITLES)
    write(folder / "links.csv", LINKS)
    write(folder / "tags.csv", TAGS)
    write(folder / name, content)
    return str(folder)


@pytest.mark.integration
@pytest.mark.parametrize(("name", "content", "lost"), DAMAGED)
def test_what_is_damaged_beside_the_ratings_is_named_and_stops_nothing(
    producer: Command, tmp_path: Path, kept: Settings, name: str, content: str, lost: Lost
) -> None:
    folder = damaged(tmp_path / "release", name, content)

    code, said, _ = producer("validate", folder, "--json")
    assert (code, json.loads(said)["lost"]) == (0, lost)
    named = json.loads(said)["lost_examples"]
    assert bool(named) == bool(lost)
    assert all(one.startswith(f"{folder}/{name} ") for one in named)

    code, said, warned = producer("catalogue", folder, "--json")
    assert (code, json.loads(said)["lost"]) == (0, lost)
    assert warned.count("\n") == len(lost)
    assert all(warned.startswith(f"warning: {one}") for one in named[:1])
    assert load(kept.catalogue).movies[-1].title

    assert producer("replay", folder, "--dry-run")[0] == 0


@pytest.mark.integration
@pytest.mark.parametrize(("name", "content", "what"), REFUSED)
@pytest.mark.parametrize("command", ["validate", "catalogue"])
@pytest.mark.usefixtures("kept")
def test_what_is_another_kinds_is_refused_by_all(
    producer: Command, tmp_path: Path, name: str, content: str, what: str, command: str
) -> None:
    folder = Path(damaged(tmp_path / "release", name, content))
    (folder / "ratings.csv").rename(folder / "mine.csv")

    assert producer.refused(3, what, command, str(folder))


@pytest.mark.integration
@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("made", "name", "line"),
    [(ml_100k, "u.user", "9|old|M|writer|1\n"), (ml_1m, "users.dat", "9::X::25::15::55117\n")],
)
def test_people_that_are_damaged_cost_their_lines(
    producer: Command, tmp_path: Path, made: Callable[[Path], Path], name: str, line: str
) -> None:
    folder = made(tmp_path)
    with (folder / name).open("a") as file:
        file.write(line)

    assert [
        json.loads(producer(command, str(folder), "--json")[1])["lost"]
        for command in ("validate", "catalogue")
    ] == [{"users": 1}] * 2


@pytest.mark.integration
def test_a_release_in_parts_has_the_catalogue_and_the_events_of_the_whole(
    producer: Command, tmp_path: Path, kept: Settings
) -> None:
    whole = movielens(tmp_path / "whole", RATED, TITLES)
    header, *rows = (whole / "ratings.csv").read_text().splitlines(keepends=True)
    parts = tmp_path / "parts"
    write(parts / "movies.csv" / "part-00000.csv", HEADER + TITLES)
    for number, text in enumerate((header + rows[0], "".join(rows[1:]))):
        write(parts / "ratings.csv" / f"part-{number:05}.csv", text)

    def made(folder: Path) -> tuple[Catalogue, str]:
        assert producer("catalogue", str(folder))[0] == 0
        return load(kept.catalogue), producer("replay", str(folder), "--dry-run")[1]

    assert made(parts) == made(whole)
    assert "(2 parts)" in producer("validate", str(parts))[1]


def test_a_file_of_ratings_that_is_not_read_is_named(producer: Command, tmp_path: Path) -> None:
    movielens(tmp_path, RATED)
    write(tmp_path / "ratings_small.csv", "userId,movieId,rating,timestamp\n1,2,3,978300001\n")

    code, events, warned = producer("replay", str(tmp_path), "--dry-run")

    assert (code, events.count("\n"), warned.count("\n")) == (0, 3, 1)
    assert warned.startswith(f"warning: {tmp_path}/ratings_small.csv is ignored: ")
    assert "ratings_small.csv is ignored" in producer("validate", str(tmp_path))[1]


def test_blank_lines_are_no_rows(producer: Command, tmp_path: Path) -> None:
    movielens(tmp_path, RATED + "\n\n")

    assert producer("validate", str(tmp_path))[0] == 0
    assert producer("replay", str(tmp_path), "--dry-run")[1].count("\n") == 3


def test_rated_movies_of_which_no_file_tells_are_counted_and_replayed(
    producer: Command, tmp_path: Path
) -> None:
    movielens(tmp_path, RATED + "1,777,4.0,978300000\n", TITLES)

    assert json.loads(producer("validate", str(tmp_path), "--json")[1])["untitled"] == 1
    assert producer("replay", str(tmp_path), "--dry-run")[1].count("\n") == 4

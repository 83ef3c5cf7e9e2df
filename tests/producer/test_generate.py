"""Generated data sets: the files, and that any shape gives one."""

import hashlib
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from contracts.events import FIRST_VISITOR_ID, MAX_ID
from producer.generate import WHAT_IT_IS_NOT, ImpossibleShape, Shape, generate
from tests.producer.generated_arrays import Columns, columns, generated, movies, year

SMALL = Shape(users=40, movies=700, ratings=2000, seed=5)
LAST_S = int(datetime(2019, 11, 21, tzinfo=UTC).timestamp())
RATING = r"[1-9]\d*,[1-9]\d*,(?:0\.5|[1-4]\.[05]|5\.0),\d{9,10}"


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    users, movies = draw(st.integers(1, 30)), draw(st.integers(1, 80))
    ratings = draw(st.integers(users, users * movies) | st.just(users * movies))
    return Shape(users, movies, ratings, draw(st.integers(0, 2**64)))


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(folder.iterdir())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def lines(path: Path) -> list[str]:
    text = path.read_bytes().decode()
    assert text.endswith("\n")
    return text[:-1].split("\n")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated(tmp_path_factory.mktemp("generated") / "small", SMALL)


def test_the_same_shape_makes_the_same_bytes(small: Path, tmp_path: Path) -> None:
    assert hashes(generated(tmp_path / "again", SMALL)) == hashes(small)


def test_the_bytes_are_the_same_on_every_machine(small: Path) -> None:
    found = hashes(small)

    assert found["movies.csv"].startswith("3dd48c404b91b00b")
    assert found["ratings.csv"].startswith("b4c7e9f9903112a9")


def test_another_seed_makes_other_ratings_and_movies(small: Path, tmp_path: Path) -> None:
    other = hashes(generated(tmp_path / "other", Shape(40, 700, 2000, seed=6)))

    same = [name for name, sha256 in hashes(small).items() if other[name] == sha256]
    assert same == ["links.csv"]


@settings(deadline=None, max_examples=40)
@given(shapes())
def test_any_possible_shape_is_met_exactly(shape: Shape) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = columns(generated(Path(folder) / "any", shape))

    counts = np.bincount(found.user, minlength=shape.users + 1)[1:]
    assert len(found.user) == shape.ratings
    assert len(counts) == shape.users
    assert counts.min() >= min(20, shape.ratings // shape.users)
    assert found.movie.min() >= 1
    assert found.movie.max() <= shape.movies


@settings(deadline=None, max_examples=40)
@given(shapes())
def test_ratings_are_sorted_by_user_then_movie_and_no_pair_comes_twice(shape: Shape) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = columns(generated(Path(folder) / "any", shape))

    assert (np.diff(found.user * (shape.movies + 1) + found.movie) > 0).all()


@settings(deadline=None, max_examples=40)
@given(shapes())
def test_no_movie_is_rated_before_its_year_nor_after_the_end(shape: Shape) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = columns(generated(Path(folder) / "any", shape))

    assert found.at_s.max() <= LAST_S
    assert (rated_in(found) >= released_in(found)).all()


def rated_in(found: Columns) -> NDArray[np.int64]:
    """The year of each rating."""
    return found.at_s.astype("datetime64[s]").astype("datetime64[Y]").astype(np.int64) + 1970


def released_in(found: Columns) -> NDArray[np.int64]:
    """The release year of each rating's movie."""
    return found.year[found.movie - 1]


@pytest.mark.parametrize(
    ("shape", "named"),
    [
        (Shape(10, 20, 201, 1), "201 ratings"),
        (Shape(10, 20, 9, 1), "9 ratings"),
        (Shape(0, 20, 9, 1), "0 users"),
        (Shape(FIRST_VISITOR_ID, 20, FIRST_VISITOR_ID, 1), f"{FIRST_VISITOR_ID} users"),
        (Shape(10, 0, 10, 1), "0 movies"),
        (Shape(10, MAX_ID + 1, 10, 1), f"{MAX_ID + 1} movies"),
        (Shape(10, 20, 30, -1), "seed -1"),
    ],
)
def test_an_impossible_shape_is_refused_by_its_value(
    shape: Shape, named: str, tmp_path: Path
) -> None:
    with pytest.raises(ImpossibleShape, match=rf"^{named}\b"):
        generated(tmp_path / "none", shape)

    assert not list(tmp_path.iterdir())


def test_a_folder_that_holds_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_text("mine")

    with pytest.raises(FileExistsError):
        generated(tmp_path, SMALL)

    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_an_empty_folder_is_filled(tmp_path: Path, small: Path) -> None:
    assert hashes(generated(tmp_path, SMALL)) == hashes(small)


def test_an_interrupted_run_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path / "part", SMALL, interrupt)

    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_progress_is_told_up_to_the_last_rating(tmp_path: Path) -> None:
    told: list[int] = []

    generate(tmp_path / "told", Shape(3000, 3000, 600_000, 1), told.append)

    assert told == sorted(told)
    assert told[-1] == 600_000
    assert len(told) > 1


def test_ratings_are_written_as_movielens_writes_them(small: Path) -> None:
    header, *rows = lines(small / "ratings.csv")

    assert header == "userId,movieId,rating,timestamp"
    assert all(re.fullmatch(RATING, row) for row in rows)


def test_titles_are_unlike_each_other_and_have_a_year(small: Path) -> None:
    titles = [title for _, title, _ in movies(small)]

    assert len(set(titles)) == SMALL.movies
    assert all(1915 <= year(title) <= 2019 for title in titles)


def test_more_movies_than_there_are_words_still_have_titles_of_their_own(tmp_path: Path) -> None:
    many = movies(generated(tmp_path / "many", Shape(1, 30_000, 20, 1)))

    assert len({re.sub(r" \(\d{4}\)$", "", title) for _, title, _ in many}) == 30_000


@pytest.mark.parametrize("mark", [", The (", '""'])
def test_some_titles_need_quotes_in_csv(small: Path, mark: str) -> None:
    _, *rows = lines(small / "movies.csv")

    assert any(mark in row and row.split(",", 1)[1].startswith('"') for row in rows)


def test_some_movies_list_no_genres(small: Path) -> None:
    unlisted = sum(genres == "(no genres listed)" for _, _, genres in movies(small))

    assert 0 < unlisted < SMALL.movies / 20


def test_an_invented_movie_has_no_id_elsewhere(small: Path) -> None:
    header, *rows = lines(small / "links.csv")

    assert header == "movieId,imdbId,tmdbId"
    assert rows == [f"{movie_id},," for movie_id in range(1, SMALL.movies + 1)]


def test_a_tag_is_given_within_a_minute_of_the_users_rating(small: Path) -> None:
    rated = {tuple(row.split(",")[:2]): row for row in lines(small / "ratings.csv")}
    header, *rows = lines(small / "tags.csv")

    assert header == "userId,movieId,tag,timestamp"
    for user, movie, _, at_s in (row.split(",") for row in rows):
        assert 0 <= int(at_s) - int(rated[user, movie].split(",")[3]) <= 60


def test_the_readme_says_what_it_is_not(small: Path) -> None:
    assert WHAT_IT_IS_NOT in (small / "README.txt").read_text()

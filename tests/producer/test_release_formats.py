"""Every kind of release, in every form that it comes in, through the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from producer.cli import app
from tests.movielens.small_releases import RATED, ml_1m, ml_10m, ml_25m, ml_100k
from tests.movielens.zip_builders import zipped_folder

Made = Callable[[Path], Path]
RATINGS: dict[Made, str] = {
    ml_100k: "u.data",
    ml_1m: "ratings.dat",
    ml_10m: "ratings.dat",
    ml_25m: "ratings.csv",
}
FORMS: dict[str, Callable[[Path, str], Path]] = {
    "folder": lambda folder, _: folder,
    "zip": lambda folder, _: zipped_folder(folder),
    "file": lambda folder, ratings: folder / ratings,
}


def said(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("made", RATINGS, ids=lambda made: made.__name__)
@pytest.mark.parametrize("form", FORMS)
def test_a_release_is_replayed_alike_from_any_form(tmp_path: Path, made: Made, form: str) -> None:
    path = FORMS[form](made(tmp_path / "release"), RATINGS[made])

    events = [json.loads(line) for line in said("replay", str(path), "--dry-run").splitlines()]

    told = [(one["user_id"], one["movie_id"], one["rating"]) for one in events]
    assert told == [row[:3] for row in sorted(RATED, key=lambda row: row[3])]


@pytest.mark.parametrize("made", RATINGS, ids=lambda made: made.__name__)
def test_ids_do_not_depend_on_the_form(tmp_path: Path, made: Made) -> None:
    folder = made(tmp_path / "release")

    replays = {
        said("replay", str(form(folder, RATINGS[made])), "--dry-run") for form in FORMS.values()
    }

    assert len(replays) == 1


@pytest.mark.parametrize("made", RATINGS, ids=lambda made: made.__name__)
def test_a_release_is_found_to_be_in_order(tmp_path: Path, made: Made) -> None:
    found = json.loads(said("validate", str(made(tmp_path / "release")), "--json"))

    assert (found["ratings"], found["users"], found["movies"], found["rejected"]) == (5, 3, 4, {})
    assert found["in_time_order"] is False
    assert {"ratings", "movies"} <= set(found["files"])


def test_what_is_odd_about_a_release_is_counted_and_shown(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_text(
        "userId,movieId,rating,timestamp\n"
        "1,10,4.0,978300000\n1,10,4.0,978300000\n1,10,3.0,978300001\njunk\n1,11,9,978300000\n"
    )

    done = CliRunner().invoke(app, ["validate", str(tmp_path)])

    assert done.exit_code == 3
    assert [line.strip() for line in done.stdout.splitlines()[2:]] == [
        "3 ratings by 1 users of 1 movies, in time order",
        "from 2000-12-31 22:00:00 to 2000-12-31 22:00:01",
        "1 ratings of a movie that the user had already rated",
        "1 rows identical to an earlier one",
        "2 invalid rows",
        "columns      1",
        "rating       1",
        "line 5: columns: 1 fields, not 4: 'junk'",
        "line 6: rating: '9'",
    ]


def test_rejected_rows_are_no_error_where_they_are_allowed(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\njunk\n")

    said("validate", str(tmp_path), "--max-rejects", "1")

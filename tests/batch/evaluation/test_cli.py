import json
from pathlib import Path

import pytest

from contracts.hyper_parameters import Parameters
from harness.reelstream.command_runner import Machine
from tests.batch.evaluation.small_datasets import drawn

pytestmark = pytest.mark.integration

FEW = ("--model", "reelstream", "--model", "popular", "--model", "item-cosine")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, {})


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """The drawn ratings as a file of MovieLens."""
    whole = drawn(users=30, movies=40)
    ids = whole.user_ids[whole.users], whole.movie_ids[whole.movies]
    rows = zip(*ids, whole.half_stars / 2, 1_000_000_000 + whole.at_s // 20, strict=True)
    folder = tmp_path / "release"
    folder.mkdir()
    movies = (f"{n},Movie {n} (2000),{('Horror', 'War')[n % 2]}" for n in range(1, 41))
    (folder / "movies.csv").write_text("movieId,title,genres\n" + "\n".join(movies) + "\n")
    lines = (f"{user},{movie},{stars:g},{at_s}" for user, movie, stars, at_s in rows)
    path = folder / "ratings.csv"
    path.write_text("userId,movieId,rating,timestamp\n" + "\n".join(lines) + "\n")
    return folder


def test_models_are_compared_without_any_service(machine: Machine, release: Path) -> None:
    drawing = machine.folder / "models.png"
    ended = machine.reelstream(
        "batch", "evaluate", str(release), *FEW, "--seeds", "2", "--picture", str(drawing), "--json"
    )

    assert ended.code == 0, ended.err
    found = json.loads(ended.out)
    told = {row["protocol"] for row in found["measured"]}
    assert told == {"random", "last", "return", "prequential", "prequential-shuffled"}
    assert found["unjudged"] == ["onboard"]
    beside = {(row["protocol"], row["beside"]) for row in found["compared"]}
    assert beside >= {("random", "popular"), ("last", "item-cosine"), ("prequential", "frozen")}
    assert all(row["low"] <= row["value"] <= row["high"] for row in found["measured"])
    assert drawing.read_bytes().startswith(b"\x89PNG")


def test_tables_are_for_people(machine: Machine, release: Path) -> None:
    ended = machine.reelstream("batch", "evaluate", str(release), *FEW, "--protocol", "last")

    assert "last: ndcg@10 and more, 95 % intervals over users" in ended.out
    assert "item-cosine" in ended.out


def test_what_was_tuned_is_what_is_evaluated(machine: Machine, release: Path) -> None:
    out = machine.folder / "tuned.json"
    tuned = machine.reelstream(
        "batch", "tune", str(release), "--split", "last", "--trials", "1", "--out", str(out),
        "--journal", str(machine.folder / "journal"), "--json",
    )  # fmt: skip
    evaluated = machine.reelstream(
        "batch", "evaluate", str(release), *FEW, "--protocol", "last", "--tuned", str(out)
    )

    assert (tuned.code, evaluated.code) == (0, 0)
    assert json.loads(tuned.out) == json.loads(out.read_text())
    assert json.loads(out.read_text())["last"].keys() == set(Parameters.__struct_fields__)


def test_parameters_of_another_split_are_refused(machine: Machine, release: Path) -> None:
    tuned = machine.folder / "tuned.json"
    tuned.write_text('{"last": {}}')

    ended = machine.reelstream(
        "batch", "evaluate", str(release), *FEW, "--protocol", "random", "--tuned", str(tuned)
    )

    assert (ended.code, ended.err.count("error:")) == (2, 1)
    assert (
        "has no parameters for random-1, random-2, random-3, random-4, random-5 (--tuned)"
        in ended.err
    )


def test_a_file_that_holds_no_parameters_is_refused(machine: Machine, release: Path) -> None:
    tuned = machine.folder / "tuned.json"
    tuned.write_text('{"last": {"confidence": 40}}')

    ended = machine.reelstream("batch", "evaluate", str(release), *FEW, "--tuned", str(tuned))

    assert (ended.code, ended.err.count("error:")) == (2, 1)
    assert "confidence" in ended.err


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--model", "magic"], 2, "'magic' is not one of reelstream, popular"),
        (["--picture", "models.doc"], 2, "models.doc does not end in .png, .svg, .pdf"),
        (["--picture", "nowhere/models.png"], 2, "nowhere is not a folder"),
    ],
)
def test_a_wrong_option_is_one_line(
    options: list[str], code: int, said: str, machine: Machine, release: Path
) -> None:
    ended = machine.reelstream("batch", "evaluate", str(release), *options)

    assert ended.code == code
    assert ended.err.startswith(f"error: {said}")
    assert len(ended.err.splitlines()) == 1


def test_a_release_too_small_to_be_judged_is_refused(machine: Machine, tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text("userId,movieId,rating,timestamp\n1,1,4.0,1000000000\n")

    ended = machine.reelstream("batch", "evaluate", str(path), *FEW)

    assert ended.code == 3
    assert "no likes to" in ended.err


def test_where_no_release_lies_nothing_is_evaluated(machine: Machine, tmp_path: Path) -> None:
    ended = machine.reelstream("batch", "evaluate", str(tmp_path / "nothing"))

    assert ended.code == 2
    assert "nothing does not exist" in ended.err

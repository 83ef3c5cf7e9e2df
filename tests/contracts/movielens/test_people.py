from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.catalogue import Person
from contracts.movielens.layouts import NotMovieLens, open_release
from contracts.movielens.people import read_people
from tests.contracts.movielens.releases import ml_1m, ml_10m, ml_25m, ml_100k, write


def test_100k_tells_ages_in_years(tmp_path: Path) -> None:
    assert read_people(open_release(ml_100k(tmp_path))) == {
        1: Person(1, "24", "M", "technician"),
        2: Person(2, "53", "F", None),
        3: Person(3, "7", "M", "student"),
    }


def test_1m_tells_brackets_and_codes(tmp_path: Path) -> None:
    assert read_people(open_release(ml_1m(tmp_path))) == {
        1: Person(1, "Under 18", "F", "K-12 student"),
        2: Person(2, "56+", "M", "self-employed"),
        3: Person(3, "25-34", "M", None),
    }


@pytest.mark.parametrize("written", [ml_10m, ml_25m])
def test_later_releases_tell_nothing(tmp_path: Path, written: Callable[[Path], Path]) -> None:
    assert read_people(open_release(written(tmp_path))) == {}


@pytest.mark.parametrize(
    "line",
    [
        "x::M::25::15::55117", "4::X::25::15::55117", "4::M::24::15::55117",
        "4::M::25::21::55117", "4::M::25::-1::55117", "4::M::25::15", "0::M::25::15::55117",
    ],
)  # fmt: skip
def test_a_bad_user_of_1m_is_named_by_its_line(tmp_path: Path, line: str) -> None:
    ml_1m(tmp_path)
    write(tmp_path / "users.dat", f"1::F::1::10::48067\n2::M::56::16::70072\n{line}\n")

    with pytest.raises(NotMovieLens, match=r"users\.dat line 3: no user"):
        read_people(open_release(tmp_path))


@pytest.mark.parametrize(
    "line", ["4|x|M|writer|1", "4|0|M|writer|1", "4|151|M|writer|1", "4|24|m|writer|1", "4|24|M|w"]
)
def test_a_bad_user_of_100k_is_named_by_its_line(tmp_path: Path, line: str) -> None:
    ml_100k(tmp_path)
    write(tmp_path / "u.user", f"1|24|M|technician|85711\n2|53|F|other|94043\n{line}\n")

    with pytest.raises(NotMovieLens, match=r"u\.user line 3: no user"):
        read_people(open_release(tmp_path))

from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.catalogue import Person
from movielens.metadata_parsing import Loss
from movielens.release import open_release
from movielens.users import read_people
from tests.movielens.small_releases import ml_1m, ml_10m, ml_25m, ml_100k, write


def test_100k_tells_ages_in_years(tmp_path: Path) -> None:
    assert read_people(open_release(ml_100k(tmp_path)), Loss()) == {
        1: Person(1, "24", "M", "technician"),
        2: Person(2, "53", "F", None),
        3: Person(3, "7", "M", "student"),
    }


def test_1m_tells_brackets_and_codes(tmp_path: Path) -> None:
    assert read_people(open_release(ml_1m(tmp_path)), Loss()) == {
        1: Person(1, "Under 18", "F", "K-12 student"),
        2: Person(2, "56+", "M", "self-employed"),
        3: Person(3, "25-34", "M", None),
    }


@pytest.mark.parametrize("written", [ml_10m, ml_25m])
def test_later_releases_tell_nothing(tmp_path: Path, written: Callable[[Path], Path]) -> None:
    assert read_people(open_release(written(tmp_path)), Loss()) == {}


@pytest.mark.parametrize(
    "line",
    [
        "x::M::25::15::55117", "4::X::25::15::55117", "4::M::24::15::55117",
        "4::M::25::21::55117", "4::M::25::-1::55117", "4::M::25::15", "0::M::25::15::55117",
    ],
)  # fmt: skip
def test_a_bad_user_of_1m_costs_its_line_and_is_named(tmp_path: Path, line: str) -> None:
    ml_1m(tmp_path)
    write(tmp_path / "users.dat", f"1::F::1::10::48067\n2::M::56::16::70072\n{line}\n")

    loss = Loss()

    assert read_people(open_release(tmp_path), loss).keys() == {1, 2}
    assert loss.first[0].startswith(f"{tmp_path}/users.dat line 3: invalid user")


@pytest.mark.parametrize(
    "line", ["4|x|M|writer|1", "4|0|M|writer|1", "4|151|M|writer|1", "4|24|m|writer|1", "4|24|M|w"]
)
def test_a_bad_user_of_100k_costs_its_line_and_is_named(tmp_path: Path, line: str) -> None:
    ml_100k(tmp_path)
    write(tmp_path / "u.user", f"1|24|M|technician|85711\n2|53|F|other|94043\n{line}\n")

    loss = Loss()

    assert read_people(open_release(tmp_path), loss).keys() == {1, 2}
    assert loss.first[0].startswith(f"{tmp_path}/u.user line 3: invalid user")

import pytest

from contracts.process_exit import Failure
from producer.known_releases import RELEASES, release
from tests.failures import says


def test_a_release_is_known_by_its_name() -> None:
    assert release("ml-25m").size == 261_978_986


def test_every_release_has_a_hash_of_its_own() -> None:
    hashes = {one.sha256 for one in RELEASES.values()}

    assert len(hashes) == len(RELEASES)
    assert all(len(bytes.fromhex(one)) == 32 for one in hashes)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("ml-25", "ml-25m"), ("ML-1M", "ml-1m"), ("ml-latest-smal", "ml-latest-s")],
)
def test_an_unknown_name_is_answered_with_all_names_the_nearest_first(
    name: str, nearest: str
) -> None:
    with pytest.raises(
        Failure, check=says(rf"unknown release '{name}' .*: choose one of {nearest}")
    ) as e:
        release(name)

    assert e.value.code == 2
    assert all(one in e.value.line for one in RELEASES)


def test_the_release_that_changes_is_not_fetched() -> None:
    with pytest.raises(
        Failure, check=says(r"ml-latest changes.*download it yourself and give its path")
    ):
        release("ml-latest")

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.builders import movielens
from movielens.metadata_parsing import MAX_TEXT, Loss
from movielens.release import open_release
from movielens.tags import MAX_TAGS, read_tags
from tests.movielens.small_releases import ml_1m, ml_10m, ml_25m, ml_100k, write


def tags_of(folder: Path, *tagged: tuple[int, str]) -> dict[int, tuple[str, ...]]:
    """What is read of these movies and tags, each written on a line as it is."""
    lines = "".join(f"1,{movie},{tag},1439472355\n" for movie, tag in tagged)
    write(movielens(folder) / "tags.csv", f"userId,movieId,tag,timestamp\n{lines}")
    return read_tags(open_release(folder), Loss())


@pytest.mark.parametrize("written", [ml_10m, ml_25m])
def test_tags_are_folded_and_the_most_used_is_first(
    tmp_path: Path, written: Callable[[Path], Path]
) -> None:
    assert read_tags(open_release(written(tmp_path)), Loss()) == {
        1: ("pixar", "toys, alive"),
        1193: ("oscar: won",),
    }


@pytest.mark.parametrize("written", [ml_100k, ml_1m])
def test_a_release_without_tags_has_none(tmp_path: Path, written: Callable[[Path], Path]) -> None:
    assert read_tags(open_release(written(tmp_path)), Loss()) == {}


@pytest.mark.parametrize("tag", ["a::b", "a:", ":a", "::"])
def test_a_tag_of_10m_may_hold_its_separator(tmp_path: Path, tag: str) -> None:
    ml_10m(tmp_path)
    write(tmp_path / "tags.dat", f"15::1::{tag}::1215184630\n")

    assert read_tags(open_release(tmp_path), Loss()) == {1: (tag,)}


def test_of_tags_used_as_often_the_first_by_name_is_first(tmp_path: Path) -> None:
    assert tags_of(tmp_path, (1, "b"), (1, "c"), (1, "a"), (1, "c")) == {1: ("c", "a", "b")}


def test_a_movie_has_at_most_ten(tmp_path: Path) -> None:
    found = tags_of(tmp_path, *((1, f"tag {n:02}") for n in range(50)))

    assert found[1] == tuple(f"tag {n:02}" for n in range(MAX_TAGS))


@pytest.mark.parametrize("tag", ["", "  ", "\x07"])
def test_a_tag_without_a_letter_is_none(tmp_path: Path, tag: str) -> None:
    assert tags_of(tmp_path, (1, tag)) == {}


def test_a_long_tag_is_cut(tmp_path: Path) -> None:
    assert tags_of(tmp_path, (1, "x" * 10_000)) == {1: ("x" * MAX_TEXT,)}


@pytest.mark.parametrize("line", ["1,x,funny,5", "1,0,funny,5", "1,1,funny", '1,1,"funny,5'])
def test_a_bad_tag_costs_its_line_and_is_named(tmp_path: Path, line: str) -> None:
    write(movielens(tmp_path) / "tags.csv", f"userId,movieId,tag,timestamp\n{line}\n1,2,fine,5\n")
    loss = Loss()

    assert read_tags(open_release(tmp_path), loss) == {2: ("fine",)}
    assert loss.first[0].startswith(f"{tmp_path}/tags.csv line 2: invalid tag")


TAGGED = st.tuples(st.sampled_from([1, 7, 2**31 - 1]), st.sampled_from("abcdefghijklmn"))


@given(st.lists(TAGGED, max_size=60))
def test_tags_are_those_that_a_plain_count_gives(
    tmp_path_factory: pytest.TempPathFactory, tagged: list[tuple[int, str]]
) -> None:
    counts: dict[int, Counter[str]] = {}
    for movie, tag in tagged:
        counts.setdefault(movie, Counter())[tag] += 1

    assert tags_of(tmp_path_factory.mktemp("release"), *tagged) == {
        movie: tuple(sorted(used, key=lambda tag: (-used[tag], tag))[:MAX_TAGS])
        for movie, used in counts.items()
    }

import hashlib
import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.builders import movielens
from movielens import time_order
from movielens.rating_blocks import Ratings
from movielens.release import open_release
from movielens.time_order import Ordered, TooManyRejects, in_time_order

LATEST_S = 1_763_632_800
T = 978_300_000


def rows(*at: int) -> str:
    return "".join(f"{n},10,4.0,{T + second}\n" for n, second in enumerate(at, 1))


def users(ratings: Ordered, first: int = 0, until: int | None = None) -> list[int]:
    end = len(ratings) if until is None else until
    return [user for batch in ratings.between(first, end) for user in batch.user_id.tolist()]


def test_ratings_come_in_time_order_with_their_rows(tmp_path: Path) -> None:
    release = open_release(movielens(tmp_path, rows(30, 10, 20)))

    with in_time_order(release, LATEST_S) as ratings:
        batch = next(ratings.between(0, 3))

    assert batch.row.tolist() == [1, 2, 0]
    assert batch.rated_at_s.tolist() == [T + 10, T + 20, T + 30]


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=200), st.integers(1, 50))
def test_ratings_of_one_second_stay_in_the_files_order(
    tmp_path_factory: pytest.TempPathFactory, at: list[int], batch_rows: int
) -> None:
    release = open_release(movielens(tmp_path_factory.mktemp("release"), rows(*at)))

    with pytest.MonkeyPatch.context() as patch, in_time_order(release, LATEST_S) as ratings:
        patch.setattr(time_order, "BATCH_ROWS", batch_rows)
        found = users(ratings)

    assert found == (np.argsort(at, kind="stable") + 1).tolist()


@pytest.mark.parametrize("cuts", [[0, 11], [0, 5, 11], [0, 1, 4, 10, 11]])
def test_neighbouring_parts_share_no_row_and_leave_none_out(
    tmp_path: Path, cuts: list[int]
) -> None:
    release = open_release(movielens(tmp_path, rows(*range(11))))

    with in_time_order(release, LATEST_S) as ratings:
        parts = [users(ratings, a, b) for a, b in itertools.pairwise(cuts)]

    assert [user for part in parts for user in part] == list(range(1, 12))


def test_a_time_has_its_place(tmp_path: Path) -> None:
    release = open_release(movielens(tmp_path, rows(30, 10, 20, 20)))

    with in_time_order(release, LATEST_S) as ratings:
        places = [ratings.count_before(T + second) for second in (0, 10, 11, 20, 31)]

        assert places == [0, 0, 1, 1, 4]
        assert [ratings.second(n) for n in range(4)] == [T + 10, T + 20, T + 20, T + 30]


def test_the_checksum_is_of_the_files_bytes(tmp_path: Path) -> None:
    release = open_release(movielens(tmp_path, rows(1, 2)))

    with in_time_order(release, LATEST_S) as ratings:
        assert ratings.sha256 == hashlib.sha256((tmp_path / "ratings.csv").read_bytes()).hexdigest()


def test_the_checksum_of_parts_is_that_of_all_their_bytes_in_order(tmp_path: Path) -> None:
    for number, text in ((10, rows(3)), (2, rows(1, 2))):
        (tmp_path / f"part-{number}").write_text(text)
    release = open_release(tmp_path)

    with in_time_order(release, LATEST_S) as ratings:
        batch = next(ratings.between(0, 3))

    written = (rows(1, 2) + rows(3)).encode()
    assert ratings.sha256 == hashlib.sha256(written).hexdigest()
    assert b"".join(release.ratings.chunks()) == written
    assert batch.row.tolist() == [0, 1, 2]


def test_more_rejected_rows_than_allowed_are_refused_with_reasons_and_the_first(
    tmp_path: Path,
) -> None:
    text = rows(1) + "1,10,7.0,978300000\nx,10,4.0,978300000\n2,10,9,978300000\n"
    release = open_release(movielens(tmp_path, text))

    what = r"3 rows rejected \(2 rating, 1 id\), first line 3: '7.0'"
    with pytest.raises(TooManyRejects, match=what), in_time_order(release, LATEST_S, 2):
        pass


def test_as_many_rejected_rows_as_allowed_are_left_out(tmp_path: Path) -> None:
    release = open_release(movielens(tmp_path, "junk\n" + rows(1)))

    with in_time_order(release, LATEST_S, 1) as ratings:
        assert (len(ratings), ratings.rejects.count) == (1, 1)


def test_equal_rows_are_ratings_of_their_own(tmp_path: Path) -> None:
    release = open_release(movielens(tmp_path, "1,10,4.0,978300000\n" * 2))

    with in_time_order(release, LATEST_S) as ratings:
        assert next(ratings.between(0, 2)).row.tolist() == [0, 1]


def test_nothing_is_left_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = open_release(movielens(tmp_path / "release", rows(1, 2)))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))

    with in_time_order(release, LATEST_S):
        assert list(temporary.iterdir())

    assert not list(temporary.iterdir())


def test_a_part_of_ratings_is_a_part_of_each_column() -> None:
    number = np.arange(5)
    ids = number.astype(np.int32)
    part = Ratings(number, ids, ids, number.astype(np.uint8), number).part(1, 3)

    columns = (part.row, part.user_id, part.movie_id, part.half_stars, part.rated_at_s)
    assert [column.tolist() for column in columns] == [[1, 2]] * 5

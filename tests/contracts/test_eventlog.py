from pathlib import Path

import pyarrow.parquet as pq
import pytest

from contracts.eventlog import BrokenLog, ForeignLog, claim, ends, identity_of, land, read
from contracts.topics import Identity
from tests.builders import log_rows, rated

OURS = Identity("cluster", "topic", 4)


def offsets(root: Path, upto: int, partition: int = 0) -> list[int]:
    return [int(n) for n in read(root, {partition: upto}, ["offset"])["offset"].to_pylist()]


def test_an_empty_log_has_no_ends(tmp_path: Path) -> None:
    claim(tmp_path, OURS)

    assert ends(tmp_path) == {}


def test_landed_rows_are_read_back(tmp_path: Path) -> None:
    rows = log_rows(rated(movie_id=10), "json", rated(movie_id=20))

    land(tmp_path, 2, [rows])

    table = read(tmp_path, {2: 3})
    assert table.drop_columns(["partition"]).to_pylist() == rows.to_pylist()
    assert table["partition"].to_pylist() == [2, 2, 2]


def test_the_end_is_the_next_offset(tmp_path: Path) -> None:
    land(tmp_path, 0, [log_rows(rated(), rated())])
    land(tmp_path, 3, [log_rows(rated())])

    assert ends(tmp_path) == {0: 2, 3: 1}


def test_stretches_follow_one_another(tmp_path: Path) -> None:
    land(tmp_path, 0, [log_rows(rated()), log_rows(rated(), first=1)])
    land(tmp_path, 0, [log_rows("json", first=2)])

    assert offsets(tmp_path, 3) == [0, 1, 2]


def test_only_rows_below_the_wanted_offset_are_read(tmp_path: Path) -> None:
    land(tmp_path, 0, [log_rows(rated(), rated(), rated())])

    assert offsets(tmp_path, 2) == [0, 1]


def test_partitions_are_read_in_order(tmp_path: Path) -> None:
    land(tmp_path, 1, [log_rows(rated())])
    land(tmp_path, 0, [log_rows(rated(), rated())])

    assert read(tmp_path, {1: 1, 0: 2}, ["kind"])["partition"].to_pylist() == [0, 0, 1]


def test_reading_nothing_gives_an_empty_table_of_the_same_columns(tmp_path: Path) -> None:
    assert read(tmp_path, {}, ["user_id"]).column_names == ["offset", "user_id", "partition"]


def test_landing_a_stretch_again_changes_nothing(tmp_path: Path) -> None:
    land(tmp_path, 0, [log_rows(rated(), rated())])
    before = sorted(tmp_path.rglob("*"))

    land(tmp_path, 0, [log_rows(rated(half_stars=1), rated(half_stars=1))])

    assert sorted(tmp_path.rglob("*")) == before
    assert read(tmp_path, {0: 2})["half_stars"].to_pylist() == [8, 8]


def test_of_a_stretch_that_is_partly_there_the_rest_lands(tmp_path: Path) -> None:
    land(tmp_path, 0, [log_rows(rated(), rated())])

    land(tmp_path, 0, [log_rows(*[rated(half_stars=1)] * 3, first=1)])

    assert read(tmp_path, {0: 4})["half_stars"].to_pylist() == [8, 8, 1, 1]


def test_a_stretch_that_leaves_a_hole_is_refused(tmp_path: Path) -> None:
    land(tmp_path, 0, [log_rows(rated())])

    with pytest.raises(BrokenLog, match="ends at 1"):
        land(tmp_path, 0, [log_rows(rated(), first=2)])


@pytest.mark.parametrize("after", [[2], [0, 2], [2, 1]])
def test_a_stretch_with_other_than_successive_offsets_is_refused(
    tmp_path: Path, after: list[int]
) -> None:
    rows = [log_rows(rated()), *(log_rows(rated(), first=offset) for offset in after)]

    with pytest.raises(BrokenLog):
        land(tmp_path, 0, rows)


def test_a_refused_stretch_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(BrokenLog):
        land(tmp_path, 0, [log_rows(rated(), first=1)])

    assert list(tmp_path.rglob("*.parquet")) == []


def test_a_lost_file_is_a_hole(tmp_path: Path) -> None:
    for offset in range(3):
        land(tmp_path, 0, [log_rows(rated(), first=offset)])
    next((tmp_path / "0").glob("*1-*2.parquet")).unlink()

    with pytest.raises(BrokenLog, match="begins at 2"):
        ends(tmp_path)


def test_an_overlapping_file_is_refused(tmp_path: Path) -> None:
    land(tmp_path, 0, [log_rows(rated(), rated())])
    pq.write_table(read(tmp_path, {0: 2}), tmp_path / "0" / f"{1:020d}-{3:020d}.parquet")

    with pytest.raises(BrokenLog):
        offsets(tmp_path, 2)


def test_reading_past_the_end_is_refused(tmp_path: Path) -> None:
    land(tmp_path, 0, [log_rows(rated())])

    with pytest.raises(BrokenLog, match="before 2"):
        offsets(tmp_path, 2)


def test_a_temporary_file_is_no_part_of_the_log(tmp_path: Path) -> None:
    land(tmp_path, 0, [log_rows(rated())])
    (tmp_path / "0" / f".{1:020d}-{2:020d}.parquet.123").write_bytes(b"half a fi")

    assert ends(tmp_path) == {0: 1}


def test_a_log_is_claimed_once_and_for_all(tmp_path: Path) -> None:
    claim(tmp_path / "log", OURS)
    claim(tmp_path / "log", OURS)

    assert identity_of(tmp_path / "log") == OURS


@pytest.mark.parametrize(
    "other", [Identity("other", "topic", 4), Identity("cluster", "other", 4),
              Identity("cluster", "topic", 12)]
)  # fmt: skip
def test_a_foreign_log_is_refused(tmp_path: Path, other: Identity) -> None:
    claim(tmp_path, OURS)

    with pytest.raises(ForeignLog, match="is of"):
        claim(tmp_path, other)

import pytest

from contracts.topics import Identity
from event_log import (
    BrokenLog,
    LogFile,
    Storage,
    claim,
    ends,
    land,
    publish,
    read,
)
from harness.builders import log_rows, rated

OURS = Identity("cluster", "topic", 4)


def offsets(log: Storage, upto: int, partition: int = 0) -> list[int]:
    return [int(n) for n in read(log, {partition: upto}, ["offset"])["offset"].to_pylist()]


def test_an_empty_log_has_no_ends(log: Storage) -> None:
    claim(log, OURS)

    assert ends(log) == {}


def test_landed_rows_are_read_back(log: Storage) -> None:
    rows = log_rows(rated(movie_id=10), "json", rated(movie_id=20))

    land(log, 2, [rows])

    table = read(log, {2: 3})
    assert table.drop_columns(["partition"]).to_pylist() == rows.to_pylist()
    assert table["partition"].to_pylist() == [2, 2, 2]


def test_the_end_is_the_next_offset(log: Storage) -> None:
    land(log, 0, [log_rows(rated(), rated())])
    land(log, 3, [log_rows(rated())])

    assert ends(log) == {0: 2, 3: 1}


def test_stretches_follow_one_another(log: Storage) -> None:
    land(log, 0, [log_rows(rated()), log_rows(rated(), first=1)])
    land(log, 0, [log_rows("json", first=2)])

    assert offsets(log, 3) == [0, 1, 2]


def test_only_rows_below_the_wanted_offset_are_read(log: Storage) -> None:
    land(log, 0, [log_rows(rated(), rated(), rated())])

    assert offsets(log, 2) == [0, 1]


def test_partitions_are_read_in_order(log: Storage) -> None:
    land(log, 1, [log_rows(rated())])
    land(log, 0, [log_rows(rated(), rated())])

    assert read(log, {1: 1, 0: 2}, ["kind"])["partition"].to_pylist() == [0, 0, 1]


def test_reading_nothing_gives_an_empty_table_of_the_same_columns(log: Storage) -> None:
    assert read(log, {}, ["user_id"]).column_names == ["offset", "user_id", "partition"]


def test_landing_a_stretch_again_changes_nothing(log: Storage) -> None:
    land(log, 0, [log_rows(rated(), rated())])
    before = log.modified()

    land(log, 0, [log_rows(rated(half_stars=1), rated(half_stars=1))])

    assert log.modified() == before
    assert read(log, {0: 2})["half_stars"].to_pylist() == [8, 8]


def test_of_a_stretch_that_is_partly_there_the_rest_lands(log: Storage) -> None:
    land(log, 0, [log_rows(rated(), rated())])

    land(log, 0, [log_rows(*[rated(half_stars=1)] * 3, first=1)])

    assert read(log, {0: 4})["half_stars"].to_pylist() == [8, 8, 1, 1]


def test_a_stretch_that_leaves_a_hole_is_refused(log: Storage) -> None:
    land(log, 0, [log_rows(rated())])

    with pytest.raises(BrokenLog, match="ends at 1"):
        land(log, 0, [log_rows(rated(), first=2)])


@pytest.mark.parametrize("after", [[2], [0, 2], [2, 1]])
def test_a_stretch_with_other_than_successive_offsets_is_refused(
    log: Storage, after: list[int]
) -> None:
    rows = [log_rows(rated()), *(log_rows(rated(), first=offset) for offset in after)]

    with pytest.raises(BrokenLog):
        land(log, 0, rows)


def test_a_refused_stretch_leaves_no_file(log: Storage) -> None:
    with pytest.raises(BrokenLog):
        land(log, 0, [log_rows(rated(), first=1)])

    assert log.modified() == {}


def test_a_lost_file_is_a_hole(log: Storage) -> None:
    for offset in range(3):
        land(log, 0, [log_rows(rated(), first=offset)])
    log.delete(LogFile(0, 1, 2).name)

    with pytest.raises(BrokenLog, match="begins at 2"):
        ends(log)


def test_an_overlapping_file_is_refused(log: Storage) -> None:
    land(log, 0, [log_rows(rated(), rated())])
    publish(log, LogFile(0, 1, 3), read(log, {0: 2}))

    with pytest.raises(BrokenLog):
        offsets(log, 2)


def test_reading_past_the_end_is_refused(log: Storage) -> None:
    land(log, 0, [log_rows(rated())])

    with pytest.raises(BrokenLog, match="before 2"):
        offsets(log, 2)


def test_a_temporary_file_is_no_part_of_the_log(log: Storage) -> None:
    land(log, 0, [log_rows(rated())])
    log.write(f"0/.{1:020d}-{2:020d}.parquet.123", b"half a fi")

    assert ends(log) == {0: 1}

"""Which partition's state is which."""

from pathlib import Path

import pytest

from streaming.state_checksums import VERSIONS_KEPT, StateSums, noted, strange


@pytest.fixture
def query(tmp_path: Path) -> Path:
    """A query's folder after ten batches on two partitions."""
    for batch in range(10):
        leave(tmp_path, batch, b"one's %d" % batch, b"other's %d" % batch)
    return tmp_path


def leave(query: Path, batch: int, *changes: bytes) -> None:
    """The changes that a batch leaves, by partition."""
    for partition, content in enumerate(changes):
        folder = query / "state" / "0" / str(partition)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{batch + 1}.changelog").write_bytes(content)


def known(query: Path) -> StateSums:
    sums: StateSums = {}
    for batch in range(10):
        sums = noted(query, batch, sums)
    return sums


def test_state_in_its_place_is_not_strange(query: Path) -> None:
    assert strange(query, known(query)) is None


def test_exchanged_folders_are_noticed(query: Path) -> None:
    sums, state = known(query), query / "state" / "0"
    (state / "0").rename(state / "aside")
    (state / "1").rename(state / "0")
    (state / "aside").rename(state / "1")

    assert strange(query, sums) == state / "0" / "6.changelog"


def test_another_days_file_is_noticed(query: Path) -> None:
    sums = known(query)
    leave(query, 9, b"one's 4", b"other's 9")

    assert strange(query, sums) == query / "state" / "0" / "0" / "10.changelog"


def test_what_spark_has_removed_is_not_asked_for(query: Path) -> None:
    sums = known(query)
    for path in query.rglob("6.changelog"):
        path.unlink()

    assert strange(query, sums) is None


def test_the_last_batches_are_kept(query: Path) -> None:
    assert list(known(query)) == list(range(11 - VERSIONS_KEPT, 11))


def test_a_batch_that_left_all_partitions_alike_does_not_push_out_one_that_did_not(
    query: Path,
) -> None:
    sums = known(query)
    leave(query, 10, b"nothing", b"nothing")

    assert noted(query, 10, sums) == sums

from contracts.latency_histogram import bucket_of
from contracts.process_status import SpeedStatus
from speed.freshness import Freshness
from tests.speed.fakes import FakeStatus

BUCKET = bucket_of(40)


def tell(freshness: Freshness, status: FakeStatus) -> None:
    """As a heartbeat does."""
    status.add_fresh(freshness.counts)
    freshness.counts.clear()


def counted(partition: int) -> Freshness:
    """One event, of this partition."""
    freshness = Freshness()
    freshness.add(partition, 1000, 1040)
    return freshness


def test_a_restart_goes_on_from_the_stored_counts() -> None:
    status = FakeStatus()
    tell(counted(partition=1), status)

    tell(counted(partition=1), status)

    assert status.read(SpeedStatus).fresh == {(1, BUCKET): 2}


def test_what_was_told_is_not_counted_again() -> None:
    status, freshness = FakeStatus(), counted(partition=1)
    tell(freshness, status)

    tell(freshness, status)

    assert status.read(SpeedStatus).fresh == {(1, BUCKET): 1}


def test_workers_leave_each_others_partitions_alone() -> None:
    status, one, other = FakeStatus(), counted(partition=1), counted(partition=2)
    tell(one, status)
    tell(other, status)
    one.add(1, 1000, 1040)

    tell(one, status)

    assert status.read(SpeedStatus).fresh == {(1, BUCKET): 2, (2, BUCKET): 1}


def test_a_partition_that_comes_back_goes_on_from_what_its_owner_counted_meanwhile() -> None:
    status, one, other = FakeStatus(), counted(partition=1), counted(partition=1)
    tell(one, status)
    tell(other, status)
    one.add(1, 1000, 1040)

    tell(one, status)

    assert status.read(SpeedStatus).fresh == {(1, BUCKET): 3}


def test_after_the_store_was_emptied_counting_begins_anew() -> None:
    status, freshness = FakeStatus(), counted(partition=1)
    tell(freshness, status)
    status.said = SpeedStatus()
    freshness.add(1, 1000, 1040)

    tell(freshness, status)

    assert status.read(SpeedStatus).fresh == {(1, BUCKET): 1}


def test_a_clock_that_lags_counts_as_no_time() -> None:
    assert Freshness().add(1, 2000, 1000) == 0

from contracts.histograms import bucket_of
from speed.freshness import Freshness


def test_a_restart_goes_on_from_the_stored_counts() -> None:
    before = Freshness({})
    before.add(1000, 1040)

    after = Freshness({k: str(v) for k, v in before.fields().items()} | {"behind": "3"})
    after.add(1000, 1040)

    assert after.fields() == {f"fresh:{bucket_of(40)}": 2}


def test_a_clock_that_lags_counts_as_no_time() -> None:
    assert Freshness({}).add(2000, 1000) == 0

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.latency_histogram import GROWTH, bucket_of, quantile_ms, upper_ms

DURATIONS = st.lists(st.floats(0, 1e7), min_size=1, max_size=50)


@given(st.floats(1, 1e9))
def test_a_duration_lies_in_its_bucket(milliseconds: float) -> None:
    bucket = bucket_of(milliseconds)

    assert milliseconds <= upper_ms(bucket) * (1 + 1e-9)
    assert bucket == 0 or milliseconds > upper_ms(bucket - 1) * (1 - 1e-9)


@pytest.mark.parametrize("milliseconds", [0, 0.3, 1])
def test_everything_up_to_a_millisecond_is_in_the_first_bucket(milliseconds: float) -> None:
    assert bucket_of(milliseconds) == 0


@given(DURATIONS, st.sampled_from([0.5, 0.95, 0.99, 1]))
def test_a_quantile_is_right_to_a_tenth(durations: list[float], share: float) -> None:
    found = quantile_ms(Counter(map(bucket_of, durations)), share)

    ordered = sorted(max(one, 1) for one in durations)
    exact = next(one for n, one in enumerate(ordered, 1) if n >= share * len(ordered))
    assert found is not None
    assert exact * (1 - 1e-9) <= found <= exact * GROWTH * (1 + 1e-9)


def test_nothing_has_no_quantile() -> None:
    assert quantile_ms({}, 0.5) is None

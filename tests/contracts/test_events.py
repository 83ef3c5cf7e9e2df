import pytest

from contracts.events import instant, is_fresh
from harness.builders import AT_MS


@pytest.mark.parametrize(
    ("minutes", "fresh"), [(0, True), (59, True), (60, True), (61, False), (-5, True)]
)
def test_a_rating_is_fresh_for_an_hour(minutes: int, fresh: bool) -> None:
    assert is_fresh(AT_MS - minutes * 60_000, AT_MS) is fresh


def test_an_instant_is_written_as_rfc_3339() -> None:
    assert instant(AT_MS + 7) == "2025-11-20T10:00:00.007Z"

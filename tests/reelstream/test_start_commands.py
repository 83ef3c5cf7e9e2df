"""Durations, as `--for` takes them."""

import re

import pytest

from contracts.process_exit import Failure
from reelstream.start_commands import duration_s


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("3m", 180), ("1h", 3600)])
def test_durations_are_read(text: str, seconds: int) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-3m", "1.5m", "3 m", "soon", "3d", "9999999s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(Failure, match=re.escape(repr(text))):
        duration_s(text)

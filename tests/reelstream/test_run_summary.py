"""A run's last word: its figures, and whether every event was conserved."""

from typing import Any

import msgspec
import pytest

from contracts.process_status import SpeedStatus
from reelstream.run_summary import Milliseconds, Sample, Summary, freshness, text


def a_summary(**changes: Any) -> Summary:
    """Of a demo that has shown everything, but for these changes."""
    counts = {"sent": 10, "acknowledged": 10, "replayed": 4, "repeated": 0, "applied": 9}
    summary = Summary(
        **counts,
        no_effect=1,
        rejected=0,
        model_version=1,
        versions_published=1,
        sample=Sample(1, ["Heat"]),
        seconds_to_page=1.0,
        seconds_to_first_personal_list=1.0,
        freshness_ms=Milliseconds(4.25, 30.0),
        resident_mb=1,
    )
    return msgspec.structs.replace(summary, **changes)


NOTHING_YET = {
    "model_version": None,
    "sample": Sample(1, []),
    "seconds_to_page": None,
    "seconds_to_first_personal_list": None,
    "freshness_ms": Milliseconds(None, None),
}


def test_freshness_is_read_from_the_counts_of_all_partitions() -> None:
    status = SpeedStatus(fresh={(0, 0): 50, (3, 0): 48, (3, 30): 2})

    assert freshness(status) == Milliseconds(1.0, 17.4)
    assert freshness(SpeedStatus()) == Milliseconds(None, None)


@pytest.mark.parametrize(
    ("changes", "conserved"),
    [
        ({}, True),
        ({"acknowledged": 9}, False),
        ({"applied": 8}, False),
        ({"rejected": 1}, False),
        ({"repeated": 2}, False),
        ({"repeated": 2, "applied": 11}, True),
    ],
)
def test_a_summary_knows_whether_events_were_conserved(
    changes: dict[str, int], conserved: bool
) -> None:
    assert a_summary(**changes).conserved is conserved


def test_a_summary_tells_in_words_what_there_was_not() -> None:
    said = text(a_summary(**NOTHING_YET))

    assert "None" not in said
    for words in ("no model yet", "no live ratings yet", "page not yet", "no list yet"):
        assert words in said


def test_a_summary_tells_figures_with_their_units() -> None:
    said = text(a_summary())

    assert "10, 4 of them live" in said
    assert "p50 4.25 ms, p99 30 ms" in said
    assert said.endswith("for user 1:\n     1. Heat")


@pytest.mark.parametrize(
    ("changes", "shown"),
    [({}, True), ({"replayed": 0}, False), ({"seconds_to_first_personal_list": None}, False)],
)
def test_a_demo_has_shown_the_loop_with_a_list_and_a_live_rating(
    changes: dict[str, Any], shown: bool
) -> None:
    assert a_summary(**changes).complete is shown

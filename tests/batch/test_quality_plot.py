"""What the picture of versions shows; and that nothing of it is cut off or lies on another."""

import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text

from batch.evaluation.errors import CannotDraw
from batch.quality_plot import MARKERS, NOTHING, PUBLISHED, PlottedVersion, draw, picture
from contracts.retrain_log_entries import Outcome
from harness.builders import AT_MS

HOUR_MS = 3_600_000
WITHOUT_MATPLOTLIB = """
import sys
sys.modules["matplotlib"] = None
from batch.evaluation.judging_libraries import judging_tools
from contracts.process_exit import Failure
from reelstream.error_translation import error_line
try:
    with judging_tools():
        from batch.quality_plot import draw
except Failure as failure:
    print(error_line(failure))
"""


def shown(version: int, outcome: str = "promoted", **metrics: float) -> PlottedVersion:
    """A version an hour after the one before it."""
    return PlottedVersion(version, AT_MS + version * HOUR_MS, outcome, metrics)


def judged(version: int, outcome: str = "promoted", hit_rate: float = 0.09) -> PlottedVersion:
    return shown(
        version,
        outcome,
        challenger_hit_rate=hit_rate,
        champion_hit_rate=0.0901,
        popular_hit_rate=0.06,
    )


def texts(figure: Figure) -> list[Text]:
    figure.draw_without_rendering()
    found = figure.findobj(Text)
    return [one for one in found if isinstance(one, Text) and one.get_text() and one.get_visible()]


def said(figure: Figure) -> list[str]:
    return [one.get_text() for one in texts(figure)]


def line(figure: Figure, place: int) -> list[list[float]]:
    """Points of a line, in the order of drawing."""
    return np.asarray(figure.axes[0].get_lines()[place].get_xydata()).tolist()  # type: ignore[no-any-return]


def test_every_outcome_of_a_retrain_has_a_marker() -> None:
    assert set(MARKERS) == set(Outcome) - {Outcome.rolled_back}
    assert set(Outcome) >= PUBLISHED


def test_lines_are_named_beside_their_ends() -> None:
    figure = picture([judged(1), judged(2)])

    names = [one for one in texts(figure) if isinstance(one, Annotation)]
    assert [one.get_text() for one in names] == [
        "popular movies",
        "this version",
        "champion at the time",
    ]
    boxes = [one.get_window_extent() for one in names]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


@pytest.mark.parametrize("count", [1, 2, 40])
def test_no_text_is_cut_off(count: int) -> None:
    figure = picture([judged(n, list(MARKERS)[n % 4]) for n in range(1, count + 1)])

    figure.draw_without_rendering()
    room, needed = figure.bbox_inches, figure.get_tightbbox()
    assert min(needed.x0, needed.y0) >= 0
    assert needed.x1 <= room.x1
    assert needed.y1 <= room.y1


def test_versions_come_in_the_order_of_their_making() -> None:
    figure = picture([judged(2), judged(1)])

    names = said(figure)
    assert names.index("v1") < names.index("v2")
    assert "version, from 2025-11-20 11:00 to 2025-11-20 12:00 UTC" in names


def test_few_of_many_versions_are_named() -> None:
    names = said(picture(judged(n) for n in range(1, 101)))

    assert [name for name in names if name.startswith("v") and name[1:].isdigit()][:2] == [
        "v1",
        "v8",
    ]


def test_the_line_of_versions_passes_by_a_refused_one_which_is_marked() -> None:
    figure = picture([judged(1), judged(2, "refused", 0.02), judged(3)])

    assert line(figure, 2) == [[0, 0.09], [2, 0.09]]
    assert line(figure, 4) == [[1, 0.02]]
    assert {"promoted", "refused"} <= set(said(figure))


def test_a_version_that_was_not_judged_is_left_out() -> None:
    assert "v2" not in said(picture([judged(1), shown(2, "refreshed", ratings=100_000)]))


def test_a_first_version_has_no_champion_beside_it() -> None:
    figure = picture([shown(1, challenger_hit_rate=0.09, popular_hit_rate=0.06)])

    assert "champion at the time" not in said(figure)


def test_a_model_without_a_number_is_shown() -> None:
    refused = judged(2, "refused")._replace(version=None)

    assert "–" in said(picture([judged(1), refused]))


def test_hit_rates_of_nought_are_drawn() -> None:
    assert "v1" in said(picture([judged(1)._replace(metrics={"challenger_hit_rate": 0.0})]))


def test_without_a_judged_version_the_picture_says_so() -> None:
    assert said(picture([])) == [NOTHING]


@pytest.mark.parametrize(("name", "start"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml")])
def test_the_ending_says_the_format(tmp_path: Path, name: str, start: bytes) -> None:
    draw([judged(1)], tmp_path / name)

    assert (tmp_path / name).read_bytes().startswith(start)


@pytest.mark.parametrize("name", ["a.txt", "nowhere/a.png"])
def test_a_path_that_cannot_be_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CannotDraw):
        draw([judged(1)], tmp_path / name)


def test_without_matplotlib_one_line_says_what_to_install() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT_MATPLOTLIB], capture_output=True, text=True, check=False
    )

    said = "matplotlib is not installed (batch): install the extra `judge`"
    assert ended.stdout.splitlines()[-1] == said

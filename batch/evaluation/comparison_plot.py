"""A figure of a comparison: one panel per protocol, models with their intervals."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from batch.evaluation.contender_types import OURS
from batch.evaluation.errors import CannotDraw
from batch.evaluation.result_rows import Measured

OURS_COLOUR, OTHER_COLOUR = "#c0392b", "#5d6d7e"
FORMATS = (".png", ".svg", ".pdf")
PANELS_ABREAST = 3
TITLES = {
    "random": "a random fifth of all ratings",
    "last": "each user's last fifth",
    "return": "people who come back",
    "onboard": "newcomers, after five likes",
    "prequential": "the last fifth, in time",
    "prequential-shuffled": "sessions shuffled",
}


def require_drawable(path: Path) -> None:
    """See, before anything is computed, that the picture can be written.

    Raises:
        CannotDraw: if its ending is of no format, or its folder is not there.
    """
    if path.suffix not in FORMATS:
        raise CannotDraw(f"{path} does not end in {', '.join(FORMATS)}")
    if not path.parent.is_dir():
        raise CannotDraw(f"{path.parent} is not a folder")


def draw(values: Sequence[Measured], path: Path) -> None:
    """Write the picture; the file's ending says in which format.

    Raises:
        OSError: if it cannot be written there.
    """
    protocols = list(dict.fromkeys(row.protocol for row in values))
    with mpl.rc_context({"font.size": 9, "svg.hashsalt": "reelstream"}):
        wide = min(len(protocols), PANELS_ABREAST)
        high = -(-len(protocols) // PANELS_ABREAST)
        figure = Figure(figsize=(4.4 * wide, 3.4 * high), layout="constrained")
        for number, protocol in enumerate(protocols, 1):
            panel = figure.add_subplot(high, wide, number)
            mine = [row for row in values if row.protocol == protocol]
            main = mine[0].group, mine[0].metric
            _panel(panel, protocol, [row for row in mine if (row.group, row.metric) == main])
        figure.savefig(path, dpi=120)


def _panel(panel: Axes, protocol: str, rows: Sequence[Measured]) -> None:
    ordered = sorted(rows, key=lambda row: row.value)
    for y, row in enumerate(ordered):
        colour = OURS_COLOUR if row.model == OURS else OTHER_COLOUR
        panel.plot([row.low, row.high], [y, y], color=colour, linewidth=2)
        panel.plot([row.value], [y], "o", color=colour)
    panel.set_yticks(range(len(ordered)), [row.model for row in ordered])
    panel.set_xlim(left=0)
    panel.grid(axis="x", alpha=0.3)
    panel.set_xlabel(ordered[0].metric if ordered else "")
    panel.set_title(f"{protocol}: {TITLES.get(protocol, '')}", fontsize=9)

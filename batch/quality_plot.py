"""A figure of quality over versions: each beside its champion and popular movies."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from batch.evaluation.comparison_plot import OTHER_COLOUR, OURS_COLOUR, require_drawable
from batch.version_commands import VersionRow

LINES = {
    "popular_hit_rate": ("popular movies", "#a6acaf", "--"),
    "champion_hit_rate": ("champion at the time", OTHER_COLOUR, "-"),
    "challenger_hit_rate": ("this version", OURS_COLOUR, "-"),
}
"""By metric: what it is called, colour and dashes; later ones are drawn over earlier ones."""
MARKERS = {
    "promoted": ("o", OURS_COLOUR),
    "refreshed": ("o", "white"),
    "refused": ("X", OURS_COLOUR),
    "insufficient": ("D", "white"),
    "held": ("s", "white"),
}
"""By outcome of a retrain: a version's marker and what it is filled with."""
PUBLISHED = {"promoted", "refreshed"}
"""Outcomes of versions that were served."""
TITLE = "each version, its champion at the time and popular movies, on the same held-out events"
NOTHING = "no version has been evaluated yet"
MOST_NAMES = 16
"""Versions that are named below the panel."""


class PlottedVersion(NamedTuple):
    """A version in the picture.

    Attributes:
        version: its number; None for a model that got none.
        created_at_ms: when it was made.
        outcome: what became of it, a key of `MARKERS`.
        metrics: any of `LINES`, each measured on the same held-out events; the rest is ignored.
    """

    version: int | None
    created_at_ms: int
    outcome: str
    metrics: Mapping[str, float]


def draw_retrains(retrains: Iterable[VersionRow], path: Path) -> None:
    """Write the picture of what `batch models` tells; raises what `draw` does."""
    draw(
        [
            PlottedVersion(one.version, int(one.at.timestamp() * 1000), one.outcome, one.metrics)
            for one in retrains
            if one.at and one.outcome in MARKERS
        ],
        path,
    )


def draw(models: Iterable[PlottedVersion], path: Path) -> None:
    """Write the picture; the file's ending says in which format.

    Raises:
        CannotDraw: if its ending is of no format, or its folder is not there.
        OSError: if it cannot be written there.
    """
    require_drawable(path)
    with mpl.rc_context({"font.size": 9, "svg.hashsalt": "reelstream"}):
        picture(models).savefig(path, dpi=120)


def picture(models: Iterable[PlottedVersion]) -> Figure:
    """Versions that were judged, which is those with a `hit_rate`, the oldest left."""
    judged = [one for one in models if "challenger_hit_rate" in one.metrics]
    figure = Figure(figsize=(8.8, 3.8), layout="constrained")
    panel = figure.subplots()
    if not judged:
        panel.text(0.5, 0.5, NOTHING, ha="center", transform=panel.transAxes)
        panel.set_axis_off()
        return figure
    _panel(panel, sorted(judged, key=lambda one: one.created_at_ms))
    outcomes = list(dict.fromkeys(one.outcome for one in judged))
    keys = [_mark(outcome, 8, [], []) for outcome in outcomes]
    figure.legend(keys, outcomes, ncols=4, loc="outside lower center", frameon=False)
    return figure


def _panel(panel: Axes, models: Sequence[PlottedVersion]) -> None:
    size = min(8.0, 300 / len(models))
    for metric, (_, colour, dashes) in LINES.items():
        drawn_at, values = _line(models, metric)
        panel.plot(drawn_at, values, dashes, marker=".", color=colour, linewidth=1.5)
    for nth, one in enumerate(models):
        panel.add_line(_mark(one.outcome, size, [nth], [one.metrics["challenger_hit_rate"]]))
    highest = max(one.metrics.get(metric, 0) for one in models for metric in LINES)
    panel.set_ylim(0, 1.15 * highest or 1)
    panel.spines[["top", "right"]].set_visible(False)
    panel.grid(axis="y", alpha=0.3)
    panel.set_ylabel("hit rate@10")
    panel.set_title(TITLE, fontsize=9)
    _name_versions(panel, models)
    _name_lines(panel, models)


def _line(models: Sequence[PlottedVersion], metric: str) -> tuple[list[int], list[float]]:
    """Where a metric's line goes through; that of versions passes by those not published."""
    there = [
        (nth, one.metrics[metric])
        for nth, one in enumerate(models)
        if metric in one.metrics and (metric != "challenger_hit_rate" or one.outcome in PUBLISHED)
    ]
    return [nth for nth, _ in there], [value for _, value in there]


def _mark(outcome: str, size: float, x: Sequence[float], y: Sequence[float]) -> Line2D:
    marker, inside = MARKERS[outcome]
    mark = Line2D(x, y, color=OURS_COLOUR, linestyle="", zorder=3)
    mark.set_marker(marker)
    mark.set_markersize(size)
    mark.set_markerfacecolor(inside)
    return mark


def _name_versions(panel: Axes, models: Sequence[PlottedVersion]) -> None:
    drawn_at = range(0, len(models), math.ceil(len(models) / MOST_NAMES))
    names = [f"v{models[nth].version}" if models[nth].version else "–" for nth in drawn_at]
    panel.set_xticks(drawn_at, names)
    first, last = (
        datetime.fromtimestamp(one.created_at_ms / 1000, UTC) for one in (models[0], models[-1])
    )
    panel.set_xlabel(f"version, from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC")


def _name_lines(panel: Axes, models: Sequence[PlottedVersion]) -> None:
    """Names at the lines' ends, moved up where they would lie on each other."""
    ends = [
        (values[-1], name, colour)
        for metric, (name, colour, _) in LINES.items()
        if (values := _line(models, metric)[1])
    ]
    ends.sort()
    apart = 0.06 * panel.get_ylim()[1]
    heights = accumulate((end[0] for end in ends), lambda below, own: max(own, below + apart))
    for height, (_, name, colour) in zip(heights, ends, strict=True):
        end = (len(models) - 1, height)
        panel.annotate(name, end, (12, 0), textcoords="offset points", va="center", color=colour)

"""The table: a row for each figure and system."""

import statistics
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from batch.evaluation.contender_types import OURS
from batch.evaluation.outcome import Outcome
from batch.evaluation.result_rows import measured
from bench.benchmark_report import Figure, percentile
from bench.textbook_judges.faults import Frozen
from bench.textbook_judges.lists import EXPLICIT, IMPLICIT, K
from bench.textbook_judges.newcomers import FITTING
from bench.textbook_judges.poison import VALUES

if TYPE_CHECKING:
    from bench.textbook_judges.comparison import Judged

METRICS = {
    "random": (f"ndcg@{K}", f"ndcg_stratified@{K}", "probe", "overlap"),
    "return": (f"ndcg@{K}", f"ndcg_stratified@{K}"),
    "onboard": (f"ndcg@{K}", f"ndcg_stratified@{K}"),
}
MODELS = {OURS: "reelstream", EXPLICIT: EXPLICIT, IMPLICIT: IMPLICIT, "popular": "popular"}


class Row(NamedTuple):
    """A figure of a running system."""

    figure: str
    unit: str
    of: "Callable[[Judged], float]"


def _answered(at: str, what: str, one: "Judged") -> float:
    """Percent of what was asked while this service stood still."""
    frozen: Frozen = getattr(one, at)
    return 100 * float(getattr(frozen, what)) / frozen.asked


def _back_s(at: str, one: "Judged") -> float:
    return float(getattr(one, at).back_s)


ROWS = (
    Row(
        "from a rating to the changed list, p50",
        "s",
        lambda one: percentile(one.fresh.took_s, 50),
    ),
    Row(
        "from a rating to the changed list, p99",
        "s",
        lambda one: percentile(one.fresh.took_s, 99),
    ),
    Row(
        "from a newcomer's fifth rating to an own list, median",
        "s",
        lambda one: statistics.median(one.newcomers.first_list_s),
    ),
    Row(
        "newcomers' tastes that are followed, of 12",
        "",
        lambda one: sum(fits >= FITTING for fits in one.newcomers.fitting.values()),
    ),
    Row(
        "movies in newcomers' lists that they had rated, of 120",
        "",
        lambda one: one.newcomers.rated,
    ),
    Row("records before and during kills", "", lambda one: one.killed.counts.records),
    Row("ratings lost by kills", "", lambda one: one.killed.counts.lost),
    Row("ratings counted twice by kills", "", lambda one: one.killed.counts.double),
    Row("counts and histories wrong after kills", "", lambda one: one.killed.counts.wrong),
    Row(
        "until all is processed after a kill, median",
        "s",
        lambda one: statistics.median(one.killed.back_s),
    ),
    Row("torn answers while lists are replaced", "", lambda one: one.replaced.torn),
    Row("missing answers while lists are replaced", "", lambda one: one.replaced.missing),
    Row("lists of two versions side by side", "s", lambda one: one.replaced.mixed_s),
    Row("look-ups a CPU-second", "", lambda one: one.costs.look_ups.per_cpu_s),
    Row("CPU of a rating of the backlog", "µs", lambda one: one.costs.backlog.us),
    Row(
        "CPU of a live rating, trainings included", "ms", lambda one: one.fresh.live.us / 1000
    ),
    Row("CPU of a training", "s", lambda one: one.costs.training.cpu_s),
    Row("duration of a training", "s", lambda one: one.costs.training.wall_s),
    Row("memory of all processes", "MiB", lambda one: one.fresh.memory_mib),
    Row("bytes in Redis for each person", "B", lambda one: one.costs.redis_bytes),
    Row(f"records of {len(VALUES)} kinds of poison learned from", "", lambda one: one.poisoned),
    *(
        Row(f"{service} frozen: {what}", unit, of)
        for service, at in (("Kafka", "frozen_kafka"), ("Redis", "frozen_redis"))
        for what, unit, of in (
            ("reads answered within 2 s", "%", partial(_answered, at, "reads")),
            ("writes answered within 2 s", "%", partial(_answered, at, "writes")),
            ("own lists within 2 s", "%", partial(_answered, at, "own")),
            ("writes taken", "%", partial(_answered, at, "taken")),
            ("until reads and writes are answered again", "s", partial(_back_s, at)),
        )
    ),
)  # fmt: skip


def figures(ours: "Judged", textbook: "Judged") -> Iterator[Figure]:
    """Every figure of both."""
    yield Figure("kills of each", len(ours.killed.back_s), "", "", None)
    for row in ROWS:
        for name, one in (("reelstream", ours), ("textbook", textbook)):
            yield Figure(f"{row.figure}: {name}", _rounded(row.of(one)), row.unit, "", None)
    for name, one in (("reelstream", ours), ("textbook", textbook)):
        for taste, fits in one.newcomers.fitting.items():
            yield Figure(f"{taste}, movies of ten that fit: {name}", fits, "", "", None)


def list_figures(outcome: Outcome) -> Iterator[Figure]:
    """Every model's value by a protocol."""
    for row in measured(outcome):
        if row.model in MODELS and row.metric in METRICS[outcome.protocol]:
            group = "" if row.group == "all" else f" after {row.group}"
            what = f"{outcome.protocol}{group}, {row.metric}: {MODELS[row.model]}"
            yield Figure(what, round(row.value, 4), "", "", None)


def _rounded(value: float) -> float | None:
    """Three digits; none where nothing could be measured."""
    return None if value != value else float(f"{value:.3g}")  # noqa: PLR0124 - not a number

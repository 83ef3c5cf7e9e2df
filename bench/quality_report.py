"""Rows of `bench.quality`: what each release says, and what all of them say together."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from batch.evaluation.contender_registry import EASE
from batch.evaluation.contender_types import OURS, POPULAR
from batch.evaluation.outcome import Outcome
from batch.evaluation.prequential_protocol import FROZEN
from batch.evaluation.result_rows import Compared, Measured, compared, measured
from bench.benchmark_report import Figure, at_least, at_most

K = 10
BEFORE = "before"
"""The model of the commit that turned the popularity prior off."""
LIST, STRATIFIED, HIT_RATE = f"ndcg@{K}", f"ndcg_stratified@{K}", f"hit_rate@{K}"
NDCG, TO_EASE = {"ml-latest-small": 0.300}, 0.98
RMSE = {"ml-latest-small": 0.852, "ml-100k": 0.918}
PROBE, OVERLAP, MOMENT = 0.50, 0.05, 0.85
ONBOARD_TIMES, RETURN_TIMES, RETURN_AT_LEAST = 1.05, 0.97, 0.90
LIVE_TIMES, LIVE_AT_LEAST = 1.40, 1.15
ABLATED = (
    ("return", "all", LIST),
    ("return", "all", STRATIFIED),
    ("onboard", "1 like", LIST),
    ("onboard", "5 likes", LIST),
    ("onboard", "5 likes", STRATIFIED),
)
"""What an ablation is told by: protocol, group, metric."""


class Rows(NamedTuple):
    """What was measured of a release, and ours beside every other."""

    release: str
    measured: Sequence[Measured]
    compared: Sequence[Compared]

    @classmethod
    def of(cls, release: str, outcomes: Sequence[Outcome]) -> "Rows":
        """What these outcomes say."""
        return cls(
            release,
            [row for one in outcomes for row in measured(one)],
            [row for one in outcomes for row in compared(one)],
        )

    def value(self, protocol: str, group: str, metric: str) -> float:
        """Ours."""
        wanted = protocol, group, metric, OURS
        (row,) = (r for r in self.measured if (r.protocol, r.group, r.metric, r.model) == wanted)
        return row.value

    def beside(self, protocol: str, group: str, metric: str, other: str) -> Compared:
        """Ours beside another."""
        wanted = protocol, group, metric, other
        (row,) = (r for r in self.compared if (r.protocol, r.group, r.metric, r.beside) == wanted)
        return row

    def models(self, protocol: str, metric: str, group: str = "all") -> Iterator[Figure]:
        """Every model's value, the best first."""
        wanted = protocol, group, metric
        rows = [row for row in self.measured if (row.protocol, row.group, row.metric) == wanted]
        where = protocol if group == "all" else f"{protocol} after {group}"
        for row in sorted(rows, key=lambda one: -one.value):
            yield plain(f"{self.release}, {where}: {row.model}, {metric}", row.value)


def of_release(rows: Rows) -> Iterator[Figure]:
    """The figures of a release."""
    yield from _random(rows)
    protocols = {row.protocol for row in rows.measured}
    if "last" in protocols:
        yield from rows.models("last", LIST)
    if "return" in protocols:
        yield from rows.models("return", LIST)
        yield from rows.models("return", STRATIFIED)
    if "onboard" in protocols:
        yield from _onboard(rows)
    if "prequential" in protocols:
        yield from _prequential(rows)


def _random(rows: Rows) -> Iterator[Figure]:
    name = rows.release
    yield from rows.models("random", LIST)
    ndcg = rows.value("random", "all", LIST)
    if name in NDCG:
        yield at_least(f"{name}, random: {LIST}, mean of the seeds", rounded(ndcg), "", NDCG[name])
    to_ease = rows.beside("random", "all", LIST, EASE)
    yield at_least(f"{name}, random: {OURS} / {EASE}, {LIST}", rounded(to_ease.ratio), "", TO_EASE)
    yield from _interval(f"{name}, random: {OURS} / {EASE}", to_ease.ratio_low, to_ease.ratio_high)
    rmse = rounded(rows.value("random", "all", "rmse"))
    what = f"{name}, random: RMSE of predicted stars"
    yield at_most(what, rmse, "", RMSE[name]) if name in RMSE else plain(what, rmse)
    yield plain(f"{name}, random: MAE of predicted stars", rows.value("random", "all", "mae"))
    known = {row.metric for row in rows.measured if row.model == OURS}
    if "probe" in known:
        yield from rows.models("random", "probe")
        probe, overlap = (rows.value("random", "all", one) for one in ("probe", "overlap"))
        yield at_least(f"{name}: probe, top tens that fit a taste", rounded(probe), "", PROBE)
        yield at_most(f"{name}: overlap of two tastes' top tens", rounded(overlap), "", OVERLAP)
    if "moment" in known:
        moment = rounded(rows.value("random", "all", "moment"))
        yield at_least(f"{name}: this evening's lists / a newcomer's, probe", moment, "", MOMENT)


def _onboard(rows: Rows) -> Iterator[Figure]:
    for given in ("1 like", "3 likes", "5 likes", "10 likes"):
        yield from rows.models("onboard", LIST, given)
    yield from rows.models("onboard", STRATIFIED, "5 likes")
    for given in ("1 like", "3 likes"):
        row = rows.beside("onboard", given, LIST, POPULAR)
        what = f"{rows.release}, onboard after {given}: {OURS} / {POPULAR}, {LIST}"
        yield at_least(what, rounded(row.ratio), "", 1)
    row = rows.beside("onboard", "5 likes", STRATIFIED, BEFORE)
    what = f"{rows.release}, onboard after 5 likes: {OURS} / {BEFORE}, {STRATIFIED}"
    yield at_least(what, rounded(row.ratio), "", ONBOARD_TIMES)
    yield above(f"{what}, at least", row.ratio_low, 1)


def _prequential(rows: Rows) -> Iterator[Figure]:
    yield from rows.models("prequential", HIT_RATE)
    for other in (FROZEN, POPULAR):
        row = rows.beside("prequential", "all", HIT_RATE, other)
        what = f"{rows.release}, prequential: live / {other}, {HIT_RATE}"
        yield at_least(what, rounded(row.ratio), "", LIVE_TIMES)
        yield above(f"{what}, at least", row.ratio_low, LIVE_AT_LEAST)
    for one in rows.measured:
        shown = one.model in {OURS, POPULAR, BEFORE} and one.metric == HIT_RATE
        if one.protocol.startswith("prequential") and one.group != "all" and shown:
            what = f"{rows.release}, {one.protocol}, {one.group}: {one.model}, {HIT_RATE}"
            yield plain(what, one.value)


def pooled(outcomes: Sequence[Sequence[Outcome]], without: Sequence[str]) -> Iterator[Figure]:
    """All releases' people together: people who come back, and what each part of ours adds."""
    together = {
        protocol: joined([one for some in outcomes for one in some if one.protocol == protocol])
        for protocol in ("return", "onboard")
    }
    counts = together["return"].counts["all"]
    yield plain("return, pooled: people", float((counts > 0).sum()))
    yield plain("return, pooled: sessions", float(counts.sum()))
    rows = Rows.of("pooled", list(together.values()))
    for metric in (LIST, STRATIFIED):
        row = rows.beside("return", "all", metric, BEFORE)
        what = f"return, pooled: {OURS} / {BEFORE}, {metric}"
        yield at_least(what, rounded(row.ratio), "", RETURN_TIMES)
        yield at_least(f"{what}, at least", rounded(row.ratio_low), "", RETURN_AT_LEAST)
        half = (row.ratio_high - row.ratio_low) / 2
        yield plain(f"{what}, half the width of its interval", half)
    yield from ablation(rows, without)


def ablation(rows: Rows, others: Sequence[str]) -> Iterator[Figure]:
    """Ours over what is without a part of it, or has another, all releases' people together."""
    for name in others:
        for protocol, group, metric in ABLATED:
            row = rows.beside(protocol, group, metric, name)
            where = protocol if group == "all" else f"{protocol} after {group}"
            what = f"pooled, {where}: {OURS} / {name}, {metric}"
            yield plain(what, row.ratio)
            yield from _interval(what, row.ratio_low, row.ratio_high)


def joined(outcomes: Sequence[Outcome]) -> Outcome:
    """Several releases' people as those of one; nobody of a group that a release has not."""

    def end_to_end(parts: Sequence[np.ndarray | None]) -> np.ndarray:
        columns = zip(parts, outcomes, strict=True)
        return np.concatenate(
            [np.zeros(of.people) if part is None else part for part, of in columns]
        )

    keys = {where for one in outcomes for where in one.sums}
    models = set.intersection(*(set(by) for one in outcomes for by in one.sums.values()))
    groups = {group for one in outcomes for group in one.counts}
    return Outcome(
        outcomes[0].protocol,
        sum(one.people for one in outcomes),
        {
            where: {
                model: end_to_end([one.sums.get(where, {}).get(model) for one in outcomes])
                for model in models
            }
            for where in keys
        },
        {group: end_to_end([one.counts.get(group) for one in outcomes]) for group in groups},
    )


def _interval(what: str, low: float, high: float) -> Iterator[Figure]:
    yield plain(f"{what}, from", low)
    yield plain(f"{what}, to", high)


def plain(figure: str, value: float) -> Figure:
    """A figure without a target."""
    return Figure(figure, rounded(value), "", "", None)


def above(figure: str, value: float, limit: float) -> Figure:
    """A figure that must be greater than a limit."""
    return Figure(figure, rounded(value), "", f"> {limit:g}", value > limit)


def rounded(value: float) -> float:
    """Four digits: more would say nothing."""
    return round(value, 4)

"""Prints rows as tables."""

from collections.abc import Iterator, Sequence

from rich.table import Table

from batch.evaluation.contender_types import OURS
from batch.evaluation.result_rows import Compared, Measured

SHORT = {
    "known at the cut": "known",
    "0 likes before": "0 likes",
    "1-4 likes before": "1-4",
    "5-19 likes before": "5-19",
    "20+ likes before": "20+",
    "gap up to 60 s": "<= 60 s",
    "gap up to 1 h": "<= 1 h",
    "gap above 1 h": "> 1 h",
}
LEFT_OUT = {"mae", "map", "mrr", "precision", "recall_stratified"}
"""Metrics for programs alone: tables have no room for all."""


def tables(values: Sequence[Measured], beside: Sequence[Compared]) -> Iterator[Table]:
    """One table a protocol: models down, metrics and groups of users across."""
    for protocol in dict.fromkeys(row.protocol for row in values):
        mine = [row for row in values if row.protocol == protocol]
        main = mine[0]
        versus = {
            row.beside: row
            for row in beside
            if (row.protocol, row.group, row.metric) == (protocol, main.group, main.metric)
        }
        yield _table(main, mine, versus)


def _table(first: Measured, values: Sequence[Measured], versus: dict[str, Compared]) -> Table:
    """The first row's metric, of its group, is the main one."""
    main = first.metric
    found = {(row.model, _column(row, first)): row for row in values if _is_shown(row, first)}
    columns = list(dict.fromkeys(column for _, column in found))
    of_group = "" if first.group == "all" else f" after {first.group}"
    title = f"{first.protocol}{of_group}: {main} and more, 95 % intervals over users"
    table = Table(title=title)
    table.add_column("model", no_wrap=True)
    for column in (main, "from - to", *columns[1:], f"{OURS} - model"):
        table.add_column(column, justify="right", no_wrap=True)
    for model in sorted({row.model for row in values}, key=lambda name: -found[name, main].value):
        first = found[model, main]
        rest = [_value(found.get((model, column))) for column in columns[1:]]
        interval = f"{first.low:.3f} - {first.high:.3f}"
        table.add_row(model, _value(first), interval, *rest, _difference(versus.get(model)))
    return table


def _is_shown(row: Measured, main: Measured) -> bool:
    name, _, _ = row.metric.partition("@")
    return name not in LEFT_OUT and (row.group == main.group or row.metric == main.metric)


def _column(row: Measured, main: Measured) -> str:
    if row.group != main.group:
        return SHORT.get(row.group, row.group)
    return row.metric.replace("_stratified", "_strat")


def _value(row: Measured | None) -> str:
    return f"{row.value:.4f}" if row else ""


def _difference(row: Compared | None) -> str:
    return f"{row.difference:+.3f} ({row.low:+.3f}, {row.high:+.3f})" if row else ""

"""What the benches measured: `bench/results/NAME.json`, as they were saved by a run."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from scripts.docs.tables import table

BENCH = Path(__file__).resolve().parents[2] / "bench"
ELSEWHERE = {"bare_machine": "make bare-machine"}
"""What makes the results that no module of `bench` makes."""


class Quoted(NamedTuple):
    """A line of the README: what was measured, a sentence, and the rows that its gaps stand for."""

    what: str
    sentence: str
    bench: str
    rows: tuple[str, ...]


HEADLINE = (
    Quoted(
        "From a rating to the changed list: 500 ratings a second, beside Spark and a retrain",
        "p50 {}, p99 {}",
        "freshness",
        tuple(f"500 a second, beside Spark and a retrain: {p}" for p in ("p50", "p99")),
    ),
    Quoted(
        "Processor time of an event in streaming",
        "{}; the same job written naively in Spark {}",
        "streaming",
        ("ours, processor time an event", "naive, processor time an event"),
    ),
    Quoted(
        "Processor time of an ALS iteration, 20 million ratings, rank 64",
        "Spark MLlib takes {} times as much, `implicit` {} times",
        "als",
        (
            "20 million ratings, rank 64, beside MLlib: MLlib's iteration / ours",
            "20 million ratings, rank 64, beside implicit: implicit's iteration / ours",
        ),
    ),
    Quoted(
        "NDCG@10 on ml-latest-small, random split",
        "{}; `implicit`'s ALS {}, MLlib's {}, popularity {}",
        "quality",
        tuple(
            f"ml-latest-small, random: {model}, ndcg@10"
            for model in ("reelstream", "implicit-als", "mllib-als", "popular")
        ),
    ),
    Quoted(
        "Violations that an independent checker found",
        "{} after {} kills, freezes and losses under load",
        "speed_kills",
        ("violations that the checker found", "kills, freezes and losses"),
    ),
)

ALS_COLUMNS = {
    "beside implicit: implicit's iteration / ours": "implicit's iteration / ours",
    "beside implicit: our loss / implicit's": "our loss / implicit's",
    "beside MLlib: MLlib's iteration / ours": "MLlib's iteration / ours",
    "beside MLlib: our loss / MLlib's": "our loss / MLlib's",
    "warm start: MLlib's ten / ours": "MLlib's ten, cold / our warm start",
    "warm start: loss / MLlib's, cold": "its loss / MLlib's",
}


def names() -> list[str]:
    """Benches with a committed run."""
    return sorted(path.stem for path in (BENCH / "results").glob("*.json"))


def figures(name: str) -> str:
    """A run: command, date, commit, machine, and all of its rows."""
    run = _run(name)
    return f"{_origin(name, run)}\n\n{_rows(run['rows'])}"


def headline() -> str:
    """The README's figures."""
    return table(["what", "measured"], [_quoted(one) for one in HEADLINE])


def runs() -> str:
    """All benches, with when and on which commit they ran, and how many targets were met."""
    rows = []
    for name in names():
        run = _run(name)
        judged = [row["met"] for row in run["rows"] if row["met"] is not None]
        met = f"{sum(judged)} of {len(judged)}" if judged else ""
        rows.append([f"[{name}]({_page(name)})", run["date"], f"`{run['commit']}`", met])
    return table(["bench", "date", "commit", "targets met"], rows)


def als_summary() -> str:
    """Our kernel beside implicit's and MLlib's, a line for each size."""
    measured = values("als")
    sizes = [f"{size} million ratings, rank {rank}" for size in (1, 5, 20) for rank in (32, 64)]
    rows = [[size, *(measured[f"{size}, {column}"] for column in ALS_COLUMNS)] for size in sizes]
    return table(["", *ALS_COLUMNS.values()], rows)


def start_summary() -> str:
    """A bare machine's first start, its second, and one without network."""
    measured = values("bare_machine")
    starts = ("cold", "warm", "offline")
    whats = ("set-up", "page answers", "first personal list", "events sent and not counted once")
    rows = [[what, *(measured.get(f"{start}: {what}", "") for start in starts)] for what in whats]
    return table(["", "first start", "second start", "without network"], rows)


def _quoted(one: Quoted) -> list[str]:
    measured = values(one.bench)
    said = one.sentence.format(*(measured[row] for row in one.rows))
    return [f"[{one.what}](docs/measured/{_page(one.bench)})", said]


def _origin(name: str, run: Mapping[str, Any]) -> str:
    command = ELSEWHERE.get(name, f"make bench NAME={name}")
    machine = run.get("machine", "not recorded")
    return (
        f"Command: `{command}`; date: {run['date']}; commit: `{run['commit']}`; machine: {machine}."
    )


def _rows(rows: Iterable[Mapping[str, Any]]) -> str:
    met = {True: "yes", False: "**no**", None: ""}
    cells = [[row["figure"], _value(row), row["target"], met[row["met"]]] for row in rows]
    return table(["figure", "measured", "target", "met"], cells)


def _page(name: str) -> str:
    return "../bare-machine.md" if name == "bare_machine" else f"{name}.md"


def values(name: str) -> dict[str, str]:
    """Of a committed run, by figure."""
    return {row["figure"]: _value(row) for row in _run(name)["rows"]}


def _value(row: Mapping[str, Any]) -> str:
    value = row["value"]
    if value is None:
        return "none"
    number = f"{value:,}" if isinstance(value, int) and value >= 10_000 else f"{value:g}"
    return f"{number} {row['unit']}".strip()


def _run(name: str) -> dict[str, Any]:
    return dict(json.loads((BENCH / "results" / f"{name}.json").read_text(encoding="utf-8")))

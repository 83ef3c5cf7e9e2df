"""What `scripts/bare-machine` saw, as `docs/bare-machine.md` and `bench/results/bare_machine.json`.

    python3 -m scripts.bare_machine_report FOLDER [--short]

Each run left NAME.out, NAME.err, NAME.code, NAME.seconds and NAME.left in the folder. Uses nothing
but the standard library: the machine that runs it may be as bare as the one it tells of.
"""

import json
import platform
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
RUNS = {
    "cold": "`make demo FOR=2m` on the bare machine: set-up, then the demo",
    "warm": "`make demo FOR=1m` again",
    "offline": "`make demo FOR=1m` without any network but loopback",
    "test": "`make test`, after `apt-get install chromium libatomic1`",
}
TELLING = (
    r"^Setting up|^    \w.*MB  |^\d/\d |set up \(|^error|^interrupted|^make: \*|^\{\"sent"
    r"|✓ Page.*v\d|^FAILED|^=+ .*(passed|failed)"
)
WIDTH = 100


@dataclass(frozen=True)
class Figure:
    """A row, as `bench.benchmark_report` has them."""

    figure: str
    value: float | None
    unit: str
    target: str = ""
    met: bool | None = None


@dataclass(frozen=True)
class Run:
    """One command on the bare machine, and what it left."""

    name: str
    folder: Path

    @property
    def was(self) -> bool:
        """Whether it was run."""
        return (self.folder / f"{self.name}.code").is_file()

    def number(self, what: str) -> float:
        """Its exit code, seconds, or processes left."""
        return float((self.folder / f"{self.name}.{what}").read_text())

    @property
    def lines(self) -> list[str]:
        """What it said, stderr first."""
        texts = [(self.folder / f"{self.name}.{end}").read_text() for end in ("err", "out")]
        return [clean(line) for text in texts for line in text.splitlines()]

    @property
    def summary(self) -> dict[str, object]:
        """The demo's summary; empty if it did not come to one."""
        found = [line for line in self.lines if line.startswith('{"sent"')]
        return dict(json.loads(found[-1])) if found else {}


def clean(line: str) -> str:
    """A line without colours, addresses of hosts and names of this machine."""
    line = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line.rsplit("\r", maxsplit=1)[-1])
    line = re.sub(r"https?://(?!127\.0\.0\.1)[^\s)'\"]+", "(address)", line)
    return line.replace(platform.node(), "machine") if platform.node() else line


def figures(runs: Iterable[Run], folder: Path) -> Iterator[Figure]:
    """All rows: runs, then sizes."""
    for run in runs:
        yield exactly(f"{run.name}: exit code", run.number("code"), 0)
        yield exactly(f"{run.name}: processes left", run.number("left"), 0)
        yield Figure(f"{run.name}: from command to end", run.number("seconds"), "s")
        yield from of_set_up(run, folder)
        yield from of_demo(run)
    for what, mb in sizes(folder).items():
        yield Figure(f"size of {what}", mb, "MB")


def sizes(folder: Path) -> dict[str, float]:
    """Megabytes of what lay around after the first run."""
    lines = (folder / "sizes").read_text().splitlines()
    return {what: float(mb) for what, mb in (line.split("\t") for line in lines)}


def of_set_up(run: Run, folder: Path) -> Iterator[Figure]:
    """Seconds and megabytes, if the run had to set up."""
    said = "\n".join(run.lines)
    took = re.search(r"Reelstream is set up \(([\d.]+) s\)", said)
    told = re.search(r"(\d+) MB to download", said)
    if took and told:
        yield Figure(f"{run.name}: set-up", float(took[1]), "s")
        yield Figure("set-up announced", float(told[1]), "MB")
        came = downloaded_mb((folder / "setup.log").read_text()) + sizes(folder).get(
            "jars' cache", 0
        )
        near = abs(came - float(told[1])) <= 0.05 * came
        yield Figure("set-up downloaded", round(came), "MB", "announced, within 5 %", near)


def of_demo(run: Run) -> Iterator[Figure]:
    """What the demo says of itself."""
    summary = run.summary
    if not summary:
        return
    yield at_most(f"{run.name}: page answers", summary["seconds_to_page"], "s", 10)
    first = summary["seconds_to_first_personal_list"]
    yield at_most(f"{run.name}: first personal list", first, "s", 120)
    counted = int(str(summary["applied"])) + int(str(summary["no_effect"]))
    lost = int(str(summary["sent"])) - counted
    yield exactly(f"{run.name}: events sent and not counted once", lost, 0)
    yield at_most(f"{run.name}: resident memory", summary["resident_mb"], "MB", 3584)


def downloaded_mb(log: str) -> float:
    """The sum of what pip says it has downloaded."""
    units = {"bytes": 1e-6, "kB": 1e-3, "MB": 1.0}
    found = re.findall(r"Downloading \S+ \(([\d.]+) (bytes|kB|MB)\)", log)
    return sum(float(size) * units[unit] for size, unit in found)


def exactly(figure: str, value: float, wanted: float) -> Figure:
    """A figure that must have this value."""
    return Figure(figure, value, "", f"= {wanted:g}", value == wanted)


def at_most(figure: str, value: object, unit: str, limit: float) -> Figure:
    """A figure that should not exceed a limit."""
    number = float(value) if isinstance(value, int | float) else None
    return Figure(figure, number, unit, f"≤ {limit:g}", number is not None and number <= limit)


def telling(run: Run) -> list[str]:
    """The lines of a run that say how it went, wrapped."""
    chosen = [line for line in run.lines if re.search(TELLING, line)]
    counts = [line for line in chosen if "✓ Page" in line]
    shown = [spaced(line) for line in chosen if line not in counts[1:-1]]
    if len(shown) > 40:
        shown = [*shown[:30], "[…]", *shown[-9:]]
    return [part for line in shown for part in textwrap.wrap(line, WIDTH, subsequent_indent="    ")]


def spaced(line: str) -> str:
    """The line, with room to break it if it is JSON."""
    return json.dumps(json.loads(line), ensure_ascii=False) if line.startswith("{") else line


def page(rows: list[Figure], runs: list[Run], commit: str, date: str) -> str:
    """`docs/bare-machine.md`."""
    table = [
        f"| {row.figure} | {'—' if row.value is None else f'{row.value:g}'} {row.unit} "
        f"| {row.target} | {'' if row.met is None else 'yes' if row.met else 'NO'} |"
        for row in rows
    ]
    told = [
        "\n".join([f"\n{RUNS[run.name]}:\n", "```", *telling(run), "```"])
        for run in runs
        if run.was
    ]
    return "\n".join(
        [
            "# On a bare machine",
            "",
            "What the README's two commands do where there is nothing but Debian 12 with Python",
            "3.11, `make` and `git`: no Java, no Redis, no Chromium, no virtual environment, no",
            "caches, a user without rights. `scripts/bare-machine` makes such a machine in",
            "namespaces, clones the repository there, runs the commands, and writes this page and",
            "`bench/results/bare_machine.json`.",
            "",
            f"Commit {commit}, {date}, {platform.machine()}; downloads come as fast as the network",
            "of that day.",
            "",
            "| figure | measured | target | met |",
            "|---|---|---|---|",
            *table,
            "",
            "## What was said",
            *told,
            "",
        ]
    )


def main(folder: Path, short: bool) -> int:
    """Print the rows, and write them down unless it was the short form; whether all was met."""
    runs = [run for name in RUNS if (run := Run(name, folder)).was]
    rows = list(figures(runs, folder))
    commit, date = (folder / "commit").read_text().strip(), f"{datetime.now(UTC):%Y-%m-%d}"
    text = page(rows, runs, commit, date)
    if short:
        sys.stdout.write(text)
    else:
        content = {"date": date, "commit": commit, "rows": [asdict(row) for row in rows]}
        as_json = json.dumps(content, indent=1, ensure_ascii=False)
        (PROJECT / "bench" / "results" / "bare_machine.json").write_text(as_json + "\n")
        (PROJECT / "docs" / "bare-machine.md").write_text(text)
    return 0 if all(row.met is not False for row in rows) else 20


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), "--short" in sys.argv))

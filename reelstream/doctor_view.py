"""Prints the findings of `reelstream doctor`."""

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from reelstream.machine_checks import Finding, Level

MARKS = {
    Level.fine: Text("✓", style="green"),
    Level.note: Text("·", style="yellow"),
    Level.problem: Text("✗", style="bold red"),
}


def show(findings: list[Finding]) -> None:
    """Print them."""
    Console().print(drawn(findings))


def drawn(findings: list[Finding]) -> RenderableType:
    """A line for each finding, then the verdict."""
    table = Table.grid(padding=(0, 2))
    for one in findings:
        advice = f"{one.found} ({one.where}): {one.to_do}" if one.to_do else one.found
        table.add_row(MARKS[one.level], Text(one.name, style="bold"), Text(advice))
    return Group(table, Text(), verdict(findings))


def verdict(findings: list[Finding]) -> Text:
    """Whether a demo can run."""
    problems = [one.name for one in findings if one.level is Level.problem]
    if problems:
        return Text(f"A demo cannot run until these are fixed: {', '.join(problems)}", "bold red")
    return Text("A demo can run.", "green")

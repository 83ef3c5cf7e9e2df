"""The pages, and where in them something is generated."""

import re
from collections.abc import Callable
from pathlib import Path

from scripts.docs import measured, reference, textbook_table

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"(<!-- generated: (\w+)(?: (\w+))? -->\n).*?(<!-- end -->)", re.DOTALL)

PARTS: dict[str, Callable[[], str]] = {
    "commands": reference.commands,
    "settings": reference.settings,
    "event": reference.event,
    "reasons": reference.reasons,
    "topics": reference.topics,
    "keys": reference.keys,
    "streaming_metrics": reference.streaming_metrics,
    "speed_metrics": reference.speed_metrics,
    "exit_codes": reference.exit_codes,
    "routes": reference.routes,
    "headline": measured.headline,
    "textbook_table": textbook_table.short,
    "textbook_table_whole": textbook_table.whole,
    "runs": measured.runs,
    "als_summary": measured.als_summary,
    "start_summary": measured.start_summary,
}
"""Parts by name; `figures BENCH` is the one that takes an argument."""


def filled(page: str) -> str:
    """A page with its generated parts as they should be."""
    return BLOCK.sub(lambda match: f"{match[1]}\n{_part(match[2], match[3])}\n\n{match[4]}", page)


def _part(name: str, argument: str | None) -> str:
    return measured.figures(argument) if argument else PARTS[name]()

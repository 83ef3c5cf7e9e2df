"""A checker that shared code with what it checks would share its mistakes."""

import ast
import sys
from pathlib import Path

import pytest

ALLOWED = sys.stdlib_module_names | {"kafka", "redis", "pyarrow", "numpy"}
MODULES = sorted(Path(__file__).parent.glob("[!_]*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_checker_imports_nothing_of_the_project(path: Path) -> None:
    allowed = ALLOWED | ({"pytest", "hypothesis"} if path.stem.startswith("test_") else set())

    foreign = {
        name
        for name in imported(path)
        if not name.startswith("tests.checker.") and name.split(".")[0] not in allowed
    }

    assert foreign == set()

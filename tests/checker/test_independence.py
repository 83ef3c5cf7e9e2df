"""A checker that shared code with what it checks would share its mistakes."""

import ast
import sys
from pathlib import Path

import pytest

import harness.checker

ALLOWED = sys.stdlib_module_names | {"kafka", "redis", "pyarrow", "numpy"}
FOLDERS = (Path(harness.checker.__file__).parent, Path(__file__).parent)
MODULES = sorted(path for folder in FOLDERS for path in folder.glob("[!_]*.py"))


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
        if not name.startswith(("harness.checker", "tests.checker."))
        and name.split(".")[0] not in allowed
    }

    assert foreign == set()

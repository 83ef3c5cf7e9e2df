import json
from pathlib import Path

import pytest

from bench.benchmark_report import Figure as Row
from scripts.bare_machine_report import RUNS, Figure, Run, clean, figures, page, telling

SUMMARY = {
    "sent": 10,
    "acknowledged": 10,
    "applied": 7,
    "no_effect": 3,
    "seconds_to_page": 1.7,
    "seconds_to_first_personal_list": None,
    "resident_mb": 2221,
}
SAID = """\
Setting up .venv with Python 3.11.2: 6 steps, 100 MB to download
    jars       56 MB  51 for Kafka and Spark's connector
Reelstream is set up (75.1 s).
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "cold.code": "0",
        "cold.seconds": "139.4",
        "cold.left": "1",
        "cold.err": SAID,
        "cold.out": json.dumps(SUMMARY, separators=(",", ":")),
        "setup.log": "  Downloading a-1.whl (40.0 MB)\n  Downloading b-1.whl (2000.0 kB)\n",
        "sizes": "jars' cache\t56\n",
    }.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_rows_say_what_was_met(folder: Path) -> None:
    rows = {row.figure: row for row in figures([Run("cold", folder)], folder)}

    assert rows["cold: exit code"].met is True
    assert rows["cold: processes left"].met is False
    assert rows["cold: set-up"].value == 75.1
    assert rows["set-up downloaded"] == Figure(
        "set-up downloaded", 98, "MB", "announced, within 5 %", True
    )
    assert rows["cold: first personal list"].met is False, "it never came"
    assert rows["cold: events sent and not counted once"].met is True


def test_rows_have_the_form_of_the_benchmarks() -> None:
    assert Figure.__annotations__ == Row.__annotations__


def test_the_page_has_a_row_each_and_what_was_said(folder: Path) -> None:
    run = Run("cold", folder)
    text = page([*figures([run], folder)], [run], "abc1234", "2026-11-21")

    assert "Commit abc1234, 2026-11-21" in text
    assert "| cold: processes left | 1  | = 0 | NO |" in text
    assert RUNS["cold"] in text
    assert "Reelstream is set up (75.1 s)." in text


def test_what_was_said_names_no_host() -> None:
    line = "\x1b[1mLooking in indexes: https://name:word@index.example/simple (see http://127.0.0.1:8000/)"

    assert clean(line) == "Looking in indexes: (address) (see http://127.0.0.1:8000/)"


def test_long_runs_are_shortened(folder: Path) -> None:
    (folder / "cold.out").write_text("")
    (folder / "cold.err").write_text("\n".join(f"1/6 step {n}" for n in range(100)))

    assert "[…]" in telling(Run("cold", folder))

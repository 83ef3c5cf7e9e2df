"""Every mishap of docs/mishaps.md: provoked, and its line and exit code compared."""

import re
from pathlib import Path

import pytest

from harness.reelstream.command_runner import NO_NETWORK, Machine
from reelstream.ports import free_port
from tests.reelstream import command_mishaps, data_mishaps, machine_mishaps, state_mishaps
from tests.reelstream.provoked_mishaps import Mishap

pytestmark = pytest.mark.integration

PAGE = Path(__file__).parents[2] / "docs" / "mishaps.md"
ROW = re.compile(
    r"^\| (?P<mishap>.+?) \| (`+) ?(?P<line>error: .+?) ?\2 \| (?P<code>\d+) \|$", re.M
)
TABLE = {row["mishap"]: (row["line"], int(row["code"])) for row in ROW.finditer(PAGE.read_text())}
MISHAPS: dict[str, Mishap] = {
    **machine_mishaps.MISHAPS,
    **data_mishaps.MISHAPS,
    **state_mishaps.MISHAPS,
    **command_mishaps.MISHAPS,
}


@pytest.fixture
def machine(tmp_path: Path, data: Path) -> Machine:
    variables = {"REELSTREAM_API_PORT": str(free_port()), "REELSTREAM_DATA": str(data)}
    given = ("REELSTREAM_KAFKA", "REELSTREAM_REDIS_URL")
    return Machine(tmp_path, variables, without=given)


@pytest.mark.parametrize("name", TABLE)
def test_a_mishap_ends_in_its_line_and_leaves_nothing_running(name: str, machine: Machine) -> None:
    line, code = TABLE[name]

    ended = MISHAPS[name](machine)

    pattern = re.escape(line).replace("…", ".+")
    assert re.fullmatch(pattern, ended.err.splitlines()[-1])
    assert (ended.code, ended.err.count("error:")) == (code, 1)
    assert "Traceback" not in ended.err
    assert machine.left_running() == []


def test_every_mishap_that_is_provoked_is_on_the_page() -> None:
    assert set(MISHAPS) == set(TABLE)


def test_nothing_is_downloaded_twice(machine: Machine) -> None:
    machine.before = NO_NETWORK

    assert machine.reelstream("jars").code == 0

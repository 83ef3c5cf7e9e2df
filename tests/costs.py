"""What each file of tests costs, told at the end of a run, so that the next slow one is seen.

Seconds are of the clock. Processor seconds are those of the test process and of the processes that
it started and that have ended.
"""

import os
from collections import defaultdict
from collections.abc import Generator
from dataclasses import dataclass

import pytest

SHOWN = 30
PROCESSOR_S = "processor_s"
USED_BEFORE_S = pytest.StashKey[float]()


@dataclass
class Cost:
    """Of a file."""

    tests: int = 0
    seconds: float = 0
    processor_s: float = 0


_costs: dict[str, Cost] = defaultdict(Cost)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.stash[USED_BEFORE_S] = _used_s()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The last phase's report carries the test's processor seconds to whoever collects them."""
    report = yield
    if call.when == "teardown":
        used_s = _used_s() - item.stash[USED_BEFORE_S]
        report.user_properties.append((PROCESSOR_S, used_s))
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    cost = _costs[report.nodeid.partition("::")[0]]
    cost.seconds += report.duration
    if report.when == "teardown":
        cost.tests += 1
        cost.processor_s += sum(
            value
            for name, value in report.user_properties
            if name == PROCESSOR_S and isinstance(value, float)
        )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The files that took longest, and all together; a run of one file has nothing to compare."""
    if len(_costs) < 2:
        return
    terminalreporter.section("slowest files")
    terminalreporter.line("  clock  processor  tests")
    slowest = sorted(_costs.items(), key=lambda one: -one[1].seconds)
    for name, one in [*slowest[:SHOWN], ("all files", _sum())]:
        terminalreporter.line(
            f"{one.seconds:5.0f} s {one.processor_s:8.0f} s {one.tests:6}  {name}"
        )


def _sum() -> Cost:
    every = _costs.values()
    return Cost(
        sum(one.tests for one in every),
        sum(one.seconds for one in every),
        sum(one.processor_s for one in every),
    )


def _used_s() -> float:
    return sum(os.times()[:4])

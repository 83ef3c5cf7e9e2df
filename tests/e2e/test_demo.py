"""The one command as a user runs it, watched through its page."""

import json
import signal
import subprocess
import urllib.request
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, expect

from harness.e2e.browser import a_page
from harness.eventually import eventually
from harness.reelstream.command_runner import Machine, alive
from harness.reelstream.demo_kill_rig import rated_visibly
from reelstream.ports import free_port
from tests.e2e.observed_system import caught_up, glance

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(400)]

FIRST_LIST_WITHIN_MS = 180_000
STOPS_WITHIN_S = 30
RESTARTED = ("redis", "api", "kafka", "streaming", "speed", "batch", "live")


def test_a_click_changes_the_list_and_everything_is_counted_and_gone_at_the_end(
    tmp_path: Path, data: Path
) -> None:
    port = free_port()
    machine = Machine(tmp_path, {"REELSTREAM_API_PORT": str(port)})
    running = machine.running("demo", "--json", "--data", str(data))
    with running as process, a_page() as page:
        open_when_up(page, f"http://127.0.0.1:{port}/")
        expect(page.locator("#start")).to_contain_text("History")
        expect(page.locator("#people button")).to_have_count(6, timeout=30_000)
        rate_the_first(page)  # popular movies, before there is any model

        page.locator("#people button").nth(1).click()
        expect(page.locator("#print")).to_contain_text("model 1", timeout=FIRST_LIST_WITHIN_MS)
        before = titles(page)
        rate_the_first(page)

        expect(page.locator("#changed")).to_contain_text("list changed")
        assert titles(page) != before
        children = psutil.Process(process.pid).children(recursive=True)
        summary = stopped(process)
        left = [child for child in children if alive(child)]

    assert process.returncode == 0
    assert summary["sent"] == summary["acknowledged"] == summary["applied"] + summary["no_effect"]
    assert summary["rejected"] == 0
    assert summary["seconds_to_page"] is not None
    assert left == []


def test_processes_that_are_killed_come_back_and_the_counts_stay_exact(
    tmp_path: Path, small_data: Path
) -> None:
    port = free_port()
    machine = Machine(tmp_path, {"REELSTREAM_API_PORT": str(port)})
    with machine.running("demo", "--json", "--data", str(small_data)) as process:
        there = partial(eventually, every_s=0.3, excused=OSError)
        there(lambda: source_of_user_1(port) == "batch", 180, "user 1's list")
        children = psutil.Process(process.pid).children
        there(lambda: len(children()) == len(RESTARTED), 60, "all processes")
        killed = children()
        for child in killed:
            child.kill()

        there(lambda: rated_visibly(port), 60, "a rating shows again")
        there(lambda: len(children()) == len(RESTARTED), 60, "all processes again")
        there(lambda: caught_up(glance(machine)), 120, "all counted and landed")
        summary = stopped(process)

    assert len(killed) == len(RESTARTED)
    assert process.returncode == 0
    counted = summary["applied"] + summary["no_effect"] - summary["repeated"]
    assert summary["sent"] == summary["acknowledged"] == counted
    said = (tmp_path / "said").read_text()
    assert all(f"{name} died (exit -9)" in said for name in RESTARTED)


def source_of_user_1(port: int) -> str:
    """Where user 1's list comes from."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/users/1/recommendations") as answer:
        return str(json.load(answer)["source"])


def open_when_up(page: Page, address: str) -> None:
    """Open the page as soon as it answers."""
    eventually(lambda: page.goto(address), 30, f"{address} answers", excused=PlaywrightError)


def rate_the_first(page: Page) -> None:
    """Click five stars on the first movie of the list, and wait until the page has said so."""
    first = page.locator("#list li").first
    first.locator('[data-stars="5"]').click()
    expect(page.locator("#changed")).not_to_be_empty()


def titles(page: Page) -> list[str]:
    """The movies of the list, in order."""
    rows = page.locator("#list li")
    return list(rows.evaluate_all("rows => rows.map(row => row.dataset.title)"))


def stopped(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """Ctrl-C, and the last line of what it says."""
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=STOPS_WITHIN_S)
    return dict(json.loads(said.splitlines()[-1]))

"""What a run says of itself, without a terminal: lines that add up, and the page's address."""

from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from contracts.process_status import ApiStatus
from contracts.settings import Settings
from event_log import Storage, land
from harness.builders import log_rows, rated
from redis_store.partition_position import Position
from reelstream.java import Java
from reelstream.local_stack import LocalStack
from reelstream.ports import Ports
from reelstream.run_view import Terminal, facts, flow
from reelstream.startup_steps import checklist, has_landed
from reelstream.supervised_run import SupervisedRun
from reelstream.supervisor import Supervisor


def a_run(folder: Path, api_host: str = "127.0.0.1") -> SupervisedRun:
    """A run that has started nothing yet."""
    settings = Settings(
        redis_url="redis://127.0.0.1:1/0",
        kafka="127.0.0.1:1",
        state=folder,
        api_host=api_host,
        api_port=8123,
    )
    java, supervisor = Java(folder, folder / "java", 21, "nowhere"), Supervisor(folder, print)
    machine = LocalStack(settings, java, folder, Ports(), supervisor, False, False)
    return SupervisedRun(
        "up", machine, checklist(folder / "progress.json"), lambda: False, None, print
    )


def counted(run: SupervisedRun, applied: int, no_effect: int, accepted: int = 0) -> SupervisedRun:
    """The same once the speed layer has counted so many, and the API accepted some."""
    position = Position(applied + no_effect, applied, no_effect)
    run.view = replace(run.view, position=position, api=ApiStatus(accepted=accepted))
    return run


def test_what_is_applied_has_been_acknowledged_and_sent(tmp_path: Path) -> None:
    run = counted(a_run(tmp_path), applied=90, no_effect=10, accepted=3)

    assert flow(run).startswith("sent 100, acknowledged 100, applied 90 + 10 without effect |")
    assert facts(run)[0][1] == "100 / 100 / 90 + 10 without effect"


def test_ratings_that_the_api_has_accepted_are_sent_before_they_are_applied(tmp_path: Path) -> None:
    run = counted(a_run(tmp_path), applied=1, no_effect=0, accepted=3)

    assert flow(run).startswith("sent 3, acknowledged 3, applied 1 + 0 without effect |")


def test_what_is_not_known_yet_is_said_in_words(tmp_path: Path) -> None:
    said = flow(a_run(tmp_path)), dict(facts(a_run(tmp_path)))

    end = "| behind: lists -, log - | appended → readable no live ratings yet | model none yet"
    assert said[0].endswith(end)
    assert "None" not in str(said)


def test_the_pages_address_is_said_once_when_it_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal, run = Terminal(Console(stderr=True, force_terminal=False)), a_run(tmp_path)

    terminal.show(run)
    before = capsys.readouterr().err
    run.seen.seconds_to_page = 2.9
    for _ in range(3):
        terminal.show(run)

    assert "http" not in before
    assert capsys.readouterr().err == "the page is at http://127.0.0.1:8123/\n"


@pytest.mark.parametrize(
    ("host", "page"),
    [
        ("127.0.0.1", "http://127.0.0.1:8123"),
        ("0.0.0.0", "http://127.0.0.1:8123"),
        ("::", "http://[::1]:8123"),
        ("::1", "http://[::1]:8123"),
        ("reels.example", "http://reels.example:8123"),
    ],
)
def test_the_pages_address_can_be_opened_from_this_machine(
    tmp_path: Path, host: str, page: str
) -> None:
    assert a_run(tmp_path, host).local_stack.settings.page == page


def test_while_history_lands_it_is_said_how_far_it_is(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    log, topic, said = Storage.of(run.local_stack.settings.log_address), {0: 1, 1: 1}, []

    for partition in (None, 0, 1):
        if partition is not None:
            land(log, partition, [log_rows(rated())])
        said.append((has_landed(run, topic), run.checklist.current))

    assert said == [
        (False, "History waiting for Spark to start"),
        (False, "History 1 of 2 in the event log"),
        (True, "History 2 of 2 in the event log"),
    ]

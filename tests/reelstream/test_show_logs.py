"""`reelstream logs`."""

import os
import sys

import pytest

from reelstream.__main__ import main
from tests.reelstream.command_in_process import Reelstream, a_log


def test_the_end_of_a_log_is_printed(reelstream: Reelstream) -> None:
    a_log(reelstream.state / "up", "speed", "one", "two", "three")

    assert reelstream("logs", "speed", "-n", "2") == (0, "two\nthree\n")


def test_an_empty_log_is_said_to_be_empty(
    reelstream: Reelstream, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    a_log(reelstream.state / "up", "speed")
    monkeypatch.setattr(sys, "argv", ["reelstream", "logs", "speed"])

    with pytest.raises(SystemExit):
        main()

    said = capsys.readouterr()
    assert (said.out, said.err.endswith("speed.log is empty: speed has logged nothing yet\n")) == (
        "",
        True,
    )


def test_logs_are_of_what_ran_last(reelstream: Reelstream) -> None:
    for command, at in (("up", 1), ("demo", 2)):
        a_log(reelstream.state / command, "speed", command)
        os.utime(reelstream.state / command / "logs" / "speed.log", (at, at))

    assert reelstream("logs", "speed") == (0, "demo\n")

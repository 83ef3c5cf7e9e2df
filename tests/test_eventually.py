from itertools import count

import pytest

from harness.eventually import TooLate, eventually


def test_the_value_that_holds_is_returned() -> None:
    tries = count()

    assert eventually(lambda: n if (n := next(tries)) > 5 else 0, 10, "a number", 0) == 6


def test_who_comes_too_late_is_told_what_was_waited_for_and_what_was_seen_last() -> None:
    with pytest.raises(TooLate) as late:
        eventually(list, 0.01, "records", 0, told=lambda: "the log's last line")

    assert str(late.value) == "not within 0.01 s: records; last seen: []\nthe log's last line"


def test_an_excused_error_is_a_not_yet_and_the_last_one_is_told() -> None:
    def refuses() -> bool:
        raise ConnectionRefusedError("nobody there")

    with pytest.raises(TooLate, match=r"an answer; last seen: ConnectionRefusedError.'nobody"):
        eventually(refuses, 0.01, "an answer", 0, excused=OSError)


def test_any_other_error_ends_the_wait() -> None:
    def broken() -> bool:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        eventually(broken, 60, "nothing", excused=OSError)


def test_what_holds_at_once_is_not_waited_for() -> None:
    assert eventually(lambda: True, 0, "it", every_s=60)

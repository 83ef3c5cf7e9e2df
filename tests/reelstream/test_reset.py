"""`reelstream reset`: what is deleted, and what is left alone."""

import pytest

from contracts.file_locks import alone
from contracts.process_exit import BUSY
from tests.reelstream.command_in_process import Reelstream, a_log


def test_reset_deletes_what_was_kept(reelstream: Reelstream) -> None:
    a_log(reelstream.state / "up", "speed", "one")
    a_log(reelstream.state / "demo", "speed", "one")

    code, said = reelstream("reset", "--yes")

    assert code == 0
    assert said.startswith("deleted ")
    assert list(reelstream.state.iterdir()) == []


def test_reset_deletes_what_single_processes_have_left(reelstream: Reelstream) -> None:
    left = [
        "catalogue.json",
        "checkpoints/lock",
        "checkpoints-given-up-20261129T070000Z/streaming.json",
        "event-log/log.json",
        "java-home/bin/java",
        "ledgers/ratings-1.json",
        "models/lock",
        "scratch/reelstream-x/warehouse",
    ]
    for name in left:
        (reelstream.state / name).parent.mkdir(parents=True, exist_ok=True)
        (reelstream.state / name).touch()

    code, said = reelstream("reset", "--yes")

    assert code == 0
    assert all(name.split("/")[0] in said for name in left)
    assert list(reelstream.state.iterdir()) == []


def test_reset_leaves_folders_of_these_names_that_are_somebody_elses(
    reelstream: Reelstream,
) -> None:
    (reelstream.state / "models").mkdir(parents=True)
    (reelstream.state / "models" / "thesis.bin").touch()

    code, said = reelstream("reset", "--yes")

    assert (code, said.startswith("there is nothing to delete in ")) == (0, True)
    assert (reelstream.state / "models" / "thesis.bin").exists()


@pytest.mark.parametrize("lock", ["checkpoints/lock", "models/trainer", "ledgers/a.json.lock"])
def test_reset_leaves_what_a_process_works_with(reelstream: Reelstream, lock: str) -> None:
    log = reelstream.state / "event-log" / "log.json"
    log.parent.mkdir(parents=True)
    log.touch()
    (reelstream.state / lock).parent.mkdir()

    with alone(reelstream.state / lock):
        code, said = reelstream("reset", "--yes")

    assert (code, said, log.exists()) == (BUSY, "", True)


def test_reset_does_not_touch_what_reelstream_did_not_make(reelstream: Reelstream) -> None:
    (reelstream.state / "up").mkdir(parents=True)
    (reelstream.state / "up" / "thesis.txt").touch()

    code, _ = reelstream("reset", "--yes")

    assert code == 2
    assert (reelstream.state / "up" / "thesis.txt").exists()


def test_reset_of_nothing_says_so(reelstream: Reelstream) -> None:
    code, said = reelstream("reset", "--yes")

    assert (code, said.startswith("there is nothing to delete in ")) == (0, True)

"""What a worker says when it gets nowhere."""

import logging
import math

import pytest
from prometheus_client import CollectorRegistry

from speed.metrics import Metrics, PartitionProgress
from speed.stall_detector import STANDS_S, StallDetector
from tests.speed.stepped_job import OnePartition, P, Start


class Watched:
    """A standstill's watch over a consumer of one partition."""

    def __init__(self) -> None:
        self.now_s, self.registry = 0.0, CollectorRegistry()
        self.consumer = OnePartition([])
        self.metrics = Metrics(self.registry, lambda: self.now_s)
        self.detector = StallDetector(self.consumer, self.metrics)

    def look(self, now_s: float) -> None:
        self.now_s = now_s
        self.detector.look(None)

    @property
    def counted(self) -> float | None:
        return self.registry.get_sample_value("reelstream_speed_standstills_total")


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_a_standstill_is_told_once_and_so_is_its_end(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    for now_s in (STANDS_S - 1, STANDS_S, STANDS_S + 1, STANDS_S + 20):
        watched.look(now_s)
    watched.metrics.progressed()
    watched.look(STANDS_S + 21)
    watched.look(STANDS_S + 22)

    said = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert len(said) == 2
    assert said[0].startswith("nothing has been applied for 10 s")
    assert said[1] == "progressing again after 30 s"
    assert watched.counted == 1


def test_another_standstill_is_told_again(watched: Watched) -> None:
    watched.look(STANDS_S)
    watched.metrics.progressed()
    watched.look(STANDS_S + 1)

    watched.look(3 * STANDS_S)

    assert watched.counted == 2


def test_it_says_what_is_known(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    watched.consumer.behind_by, watched.consumer.confirmed_ago_s = 340, 12.0

    watched.look(STANDS_S)

    assert f"partitions [{P}], 340 records behind" in caplog.text
    assert "confirmed 12 s ago by the group" in caplog.text


def test_it_says_that_the_group_has_given_it_nothing(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    watched.consumer.taken_away, watched.consumer.confirmed_ago_s = True, math.inf
    watched.metrics.stand({}, math.inf)

    watched.look(STANDS_S)

    assert "partitions []" in caplog.text
    assert "not confirmed by the group" in caplog.text


@pytest.mark.parametrize("behind", [0, 1])
def test_who_is_behind_stands_and_who_is_not_does_not(watched: Watched, behind: int) -> None:
    for now_s in range(30):
        watched.now_s = now_s
        watched.metrics.stand({P: PartitionProgress(7, behind, 0)}, 0)
        watched.look(now_s)

    assert watched.counted == behind


def test_what_is_away_is_named(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    running = start()
    running.store.away_for = 12

    running.run(30)

    assert "nothing has been applied for" in caplog.text
    assert ": away" in caplog.text
    assert "progressing again" in caplog.text

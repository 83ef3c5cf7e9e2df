from functools import partial

import pytest

from contracts.eventlog import Place
from tests.speed.running import Running, Start


@pytest.fixture
def start(log: Place) -> Start:
    """Starts a job on these records of one partition, with this event log."""
    return partial(Running, log)

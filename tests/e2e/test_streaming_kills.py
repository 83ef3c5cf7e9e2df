"""Whatever is killed, every record lands once and every bucket is exact; `bench.streaming_kills`
is the long form."""

import random
from pathlib import Path

import pytest

from tests.streaming.crash_points import ALONE, GROUP
from tests.streaming.killed import BROKER, PYTHON, REDIS, Kill, rig

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(500)]

KILLS = (
    Kill("between buckets and offsets", GROUP),
    Kill("file written, not renamed", ALONE),
    Kill(REDIS),
    Kill(BROKER),
    Kill(PYTHON),
)


def test_streaming_loses_nothing_and_counts_nothing_twice_whatever_is_killed(
    tmp_path: Path, data: Path
) -> None:
    chance = random.Random(1)
    with rig(tmp_path, data) as one:
        one.poison()
        for kill in KILLS:
            one.after(kill, chance)
        verdict = one.verdict()

    assert verdict.said == []
    assert verdict.records > 500

"""Whatever is killed, every record lands once and every bucket is exact; `bench.streaming_kills`
is the long form."""

import random
from pathlib import Path

import pytest

from harness.streaming.crash_points import ALONE, GROUP
from harness.streaming.kill_rig import BROKER, PYTHON, REDIS, Kill, rig

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
    with rig(tmp_path, data, random.Random(1)) as one:
        one.on.poison()
        for kill in KILLS:
            one.after(kill)
        verdict = one.verdict()

    assert verdict.said == []
    assert verdict.records > 500

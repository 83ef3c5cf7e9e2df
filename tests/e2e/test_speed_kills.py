"""Whatever is killed, frozen or lost, every history, total and list is exact; `bench.speed_kills`
is the long form."""

import random
from pathlib import Path

import pytest

from harness.speed.kill_rig import EMPTIED, FROZEN, LOADING, OLDER, SEVERAL, rig

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(500)]

MISHAPS = (FROZEN, EMPTIED, SEVERAL, OLDER, LOADING)


def test_lists_are_exact_whatever_is_killed_frozen_or_lost(tmp_path: Path, data: Path) -> None:
    with rig(tmp_path, data, random.Random(1)) as one:
        one.on.poison()
        for kind in MISHAPS:
            one.after(kind)
        verdict = one.verdict()

    assert verdict.said == []
    assert verdict.lists > 20

"""Readers see no half version, whenever a publisher dies; and the judge of it can tell."""

from pathlib import Path

import pytest

from contracts.redis_keys import Keys
from harness.batch.killable_publisher import POINTS
from harness.batch.publish_under_reads import publish_under_reads
from harness.builders import own_keys
from redis_store.connection import connect
from redis_store.versions import VersionStore

pytestmark = pytest.mark.integration

PUBLISHES, READS = 11, 20_000


def test_readers_see_whole_versions_only_whenever_the_publisher_dies(
    redis_url: str, tmp_path: Path
) -> None:
    keys = own_keys()

    seen, done = publish_under_reads(redis_url, keys.prefix, tmp_path, PUBLISHES, READS)

    assert seen.wrong == (0, 0, 0, 0)
    assert seen.reads >= READS
    assert seen.ratings > 0
    assert min(done.kills[point] for point in POINTS) >= 1
    assert done.rolled_back >= 3
    assert len(seen.versions) >= 5
    assert seen.activation == activations(redis_url, keys)


def test_a_publisher_that_activates_first_is_found_out(redis_url: str, tmp_path: Path) -> None:
    seen, _ = publish_under_reads(
        redis_url, own_keys().prefix, tmp_path, publishes=5, reads=2000, hasty=True
    )

    assert seen.missing > 0


def activations(redis_url: str, keys: Keys) -> int:
    active = VersionStore(connect(redis_url, timeout_s=5), keys).active()
    assert active
    return active.activation

"""Buckets that an operator has written again, beside a job and without one.

A lock is of the open file, not of the process: the job that holds it may be this test.
"""

from pathlib import Path

import pytest

from event_log import Storage
from harness.builders import AT_MS
from redis_store.trends import TrendStore
from streaming import rebuild
from streaming.checkpoint_lock import held
from streaming.errors import BadCheckpoint
from streaming.rebuild import NotRebuilt, rebuilt
from tests.streaming.checkpoint_builders import end_after, landed

pytestmark = pytest.mark.integration

NOW_S = AT_MS // 1000


def test_a_rebuild_without_a_job_writes_what_the_planned_batch_ends_with(
    root: Path, event_log: Storage, store: TrendStore
) -> None:
    landed(event_log, 6)

    _, records = rebuilt(root, event_log, store, {}, NOW_S, lambda _: None)

    assert records == sum(end_after(6).values())
    assert store.reflected() == end_after(6)


def test_a_rebuild_goes_no_further_than_the_log(
    root: Path, event_log: Storage, store: TrendStore
) -> None:
    landed(event_log, 5)

    _, records = rebuilt(root, event_log, store, {}, NOW_S, lambda _: None)

    assert records == sum(end_after(5).values())


def test_a_running_job_is_made_to_do_it(root: Path, event_log: Storage, store: TrendStore) -> None:
    landed(event_log, 6)
    store.mark_reflected(end_after(6))
    forgotten: list[dict[int, int]] = []

    def job(_: float) -> None:
        forgotten.append(store.reflected())
        store.mark_reflected(end_after(6))

    with held(root):
        rebuilt(root, event_log, store, {}, NOW_S, job)

    assert forgotten == [{}]


def test_a_job_that_does_not_do_it_is_waited_for_only_so_long(
    root: Path, event_log: Storage, store: TrendStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    landed(event_log, 6)
    monkeypatch.setattr(rebuild, "REBUILT_WITHIN_S", 0)

    with held(root), pytest.raises(NotRebuilt, match="within 0 s"):
        rebuilt(root, event_log, store, {}, NOW_S, lambda _: None)


def test_where_no_batch_was_committed_nothing_can_be_rebuilt(
    tmp_path: Path, event_log: Storage, store: TrendStore
) -> None:
    landed(event_log, 5)

    with pytest.raises(BadCheckpoint, match="no committed batch"):
        rebuilt(tmp_path / "none", event_log, store, {}, NOW_S, lambda _: None)


def test_where_nothing_has_begun_there_is_nothing_to_rebuild(
    tmp_path: Path, event_log: Storage, store: TrendStore
) -> None:
    assert rebuilt(tmp_path / "none", event_log, store, {}, NOW_S, lambda _: None) == (0, 0)
    assert not (tmp_path / "none").exists()

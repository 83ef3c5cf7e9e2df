"""What an operator decides, on a checkpoint and a log as a job leaves them.

A lock is of the open file, not of the process: the job that holds it may be this test.
"""

from pathlib import Path

import pytest

from contracts.eventlog import Place, claim, land
from contracts.store.trends import TrendStore
from streaming import recovery
from streaming.checkpoint import LOCK, LOG, SIDE_FILE, TRENDS, BadCheckpoint, held, opened
from streaming.recovery import NotRebuilt, rebuilt, set_aside
from tests.builders import AT_MS, log_rows, rated
from tests.streaming.checkpoints import IDENTITY, SCHEMA, end_after, used_checkpoint

pytestmark = pytest.mark.integration

NOW_S = AT_MS // 1000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkpoint after five batches and one that is planned; the log has them all."""
    (tmp_path / "checkpoints").mkdir()
    used_checkpoint(tmp_path / "checkpoints")
    return tmp_path / "checkpoints"


@pytest.fixture
def event_log(log: Place) -> Place:
    claim(log, IDENTITY)
    return log


def landed(event_log: Place, batches: int) -> None:
    for partition, end in end_after(batches).items():
        land(event_log, partition, [log_rows(*[rated(movie_id=1)] * end)])


def test_a_checkpoint_is_set_aside_whole_and_a_new_one_begins_where_the_log_ends(
    root: Path, event_log: Place, store: TrendStore
) -> None:
    landed(event_log, 6)
    store.mark_reflected(end_after(5))

    aside = set_aside(root, event_log, store, SCHEMA, AT_MS)

    assert {path.name for path in aside.iterdir()} == {LOG, TRENDS, SIDE_FILE}
    assert {path.name for path in root.iterdir()} == {LOCK, SIDE_FILE}
    side = opened(root, IDENTITY, SCHEMA, end_after(6), store.reflected())
    assert side.begin == {LOG: end_after(6), TRENDS: {0: 0, 1: 0}}


def test_a_rebuild_without_a_job_writes_what_the_planned_batch_ends_with(
    root: Path, event_log: Place, store: TrendStore
) -> None:
    landed(event_log, 6)

    _, records = rebuilt(root, event_log, store, {}, NOW_S, lambda _: None)

    assert records == sum(end_after(6).values())
    assert store.reflected() == end_after(6)


def test_a_rebuild_goes_no_further_than_the_log(
    root: Path, event_log: Place, store: TrendStore
) -> None:
    landed(event_log, 5)

    _, records = rebuilt(root, event_log, store, {}, NOW_S, lambda _: None)

    assert records == sum(end_after(5).values())


def test_a_running_job_is_made_to_do_it(root: Path, event_log: Place, store: TrendStore) -> None:
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
    root: Path, event_log: Place, store: TrendStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    landed(event_log, 6)
    monkeypatch.setattr(recovery, "REBUILT_WITHIN_S", 0)

    with held(root), pytest.raises(NotRebuilt, match="within 0 s"):
        rebuilt(root, event_log, store, {}, NOW_S, lambda _: None)


def test_where_no_batch_was_committed_nothing_can_be_rebuilt(
    tmp_path: Path, event_log: Place, store: TrendStore
) -> None:
    with pytest.raises(BadCheckpoint, match="no committed batch"):
        rebuilt(tmp_path / "none", event_log, store, {}, NOW_S, lambda _: None)

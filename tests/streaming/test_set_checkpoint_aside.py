"""A checkpoint that an operator gives up, and where the new one begins."""

from pathlib import Path

import pytest

from event_log import NoLog, Storage
from harness.builders import AT_MS
from redis_store.trends import TrendStore
from streaming.checkpoint_files import LOG, TRENDS
from streaming.checkpoint_guard import SIDE_FILE, begun, opened
from streaming.checkpoint_lock import LOCK
from streaming.set_checkpoint_aside import NothingToGiveUp, reflected, set_aside
from tests.streaming.checkpoint_builders import IDENTITY, SCHEMA, end_after, landed

pytestmark = pytest.mark.integration


def test_a_checkpoint_is_set_aside_whole_and_a_new_one_begins_where_the_log_ends(
    root: Path, event_log: Storage
) -> None:
    landed(event_log, 6)

    aside = set_aside(root, event_log, SCHEMA, AT_MS)

    assert {path.name for path in aside.iterdir()} == {LOG, TRENDS, SIDE_FILE}
    assert {path.name for path in root.iterdir()} == {LOCK, SIDE_FILE}
    side = opened(root, IDENTITY, SCHEMA, end_after(6), {})
    assert side.begin == {LOG: end_after(6), TRENDS: {0: 0, 1: 0}}


def test_what_the_store_reflects_is_forgotten_once_before_a_new_checkpoint_begins(
    root: Path, event_log: Storage, store: TrendStore
) -> None:
    landed(event_log, 6)
    store.mark_reflected(end_after(6))
    assert reflected(root, store) == end_after(6)

    set_aside(root, event_log, SCHEMA, AT_MS)

    assert reflected(root, store) == {}
    begun(root, opened(root, IDENTITY, SCHEMA, end_after(6), {}))
    store.mark_reflected(end_after(6))
    assert reflected(root, store) == end_after(6)


def test_where_nothing_is_kept_there_is_nothing_to_give_up_and_nothing_is_made(
    tmp_path: Path, event_log: Storage
) -> None:
    with pytest.raises(NothingToGiveUp, match="there is no checkpoint"):
        set_aside(tmp_path / "none", event_log, SCHEMA, AT_MS)

    assert not (tmp_path / "none").exists()


def test_without_its_event_log_a_checkpoint_is_not_set_aside(root: Path, tmp_path: Path) -> None:
    before = sorted(path.name for path in root.iterdir())

    with pytest.raises(NoLog, match="there is no event log in"):
        set_aside(root, Storage.of(str(tmp_path / "no log")), SCHEMA, AT_MS)

    assert sorted(path.name for path in root.iterdir()) == before


def test_a_checkpoint_that_is_gone_is_given_up_where_the_log_has_records(
    tmp_path: Path, event_log: Storage
) -> None:
    landed(event_log, 6)

    set_aside(tmp_path / "gone", event_log, SCHEMA, AT_MS)

    side = opened(tmp_path / "gone", IDENTITY, SCHEMA, end_after(6), {})
    assert side.begin[LOG] == end_after(6)

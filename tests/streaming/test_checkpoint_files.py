"""How far a query is, by Spark's own files."""

from pathlib import Path

from streaming.checkpoint_files import LOG, committed, marks, planned_end
from tests.streaming.checkpoint_builders import end_after, spark_query


def test_a_query_is_as_far_as_its_last_committed_batch(tmp_path: Path) -> None:
    spark_query(tmp_path / LOG, 12, planned=1)

    mark = committed(tmp_path / LOG)

    assert mark is not None
    assert (mark.query_id, mark.batch, mark.end) == ("id of log", 11, end_after(12))
    assert planned_end(tmp_path / LOG) == end_after(13)
    assert marks(tmp_path) == {LOG: mark}

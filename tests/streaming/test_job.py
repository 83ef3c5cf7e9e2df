import json
from dataclasses import dataclass
from typing import Any, cast

import pytest
from pyspark.sql.streaming.query import StreamingQuery

from streaming.job import reflected_by

OFFSETS = {"ratings": {"0": 5, "1": 7}}


@dataclass
class FakeQuery:
    """A query that tells its last progress."""

    lastProgress: Any


@pytest.mark.parametrize(
    ("end", "reflected"),
    [(OFFSETS, {0: 5, 1: 7}), (json.dumps(OFFSETS), {0: 5, 1: 7}), (None, {})],
)
def test_a_query_reflects_the_end_of_its_last_batch(end: Any, reflected: dict[int, int]) -> None:
    query = cast(StreamingQuery, FakeQuery({"sources": [{"endOffset": end}]}))

    assert reflected_by(query) == reflected


def test_a_query_reflects_nothing_before_its_first_batch() -> None:
    assert reflected_by(cast(StreamingQuery, FakeQuery(None))) == {}

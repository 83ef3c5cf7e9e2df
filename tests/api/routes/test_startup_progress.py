"""The start-up's checklist, as the page asks for it."""

from pathlib import Path

import pytest

from tests.api.client import get
from tests.api.fakes import World


def test_the_checklist_is_the_files(tmp_path: Path) -> None:
    steps = '{"steps": [{"name": "Kafka", "state": "done", "detail": ""}], "message": "hello"}'
    (tmp_path / "progress.json").write_text(steps)

    answer = get(World(folder=tmp_path), "/start")

    assert answer["steps"] == [{"name": "Kafka", "state": "done", "detail": ""}]
    assert answer["message"] == "hello"


@pytest.mark.parametrize("content", [None, "", "[]", '{"steps": 1}'])
def test_without_a_checklist_there_are_no_steps(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "progress.json").write_text(content)

    assert get(World(folder=tmp_path), "/start")["steps"] == []

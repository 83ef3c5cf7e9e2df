import uuid
from pathlib import Path

import pytest

from contracts.eventlog import Place


@pytest.fixture(params=["folder", "s3", "s3a"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An event log that nothing has landed in, on a disk and in an object store."""
    if request.param == "folder":
        return Place.of(str(tmp_path / "log"))
    options = request.getfixturevalue("object_store")
    return Place.of(f"{request.param}://films/{uuid.uuid4().hex}/log?{options}")

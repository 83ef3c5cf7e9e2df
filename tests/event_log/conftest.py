import uuid
from pathlib import Path

import pytest

from event_log import Storage


@pytest.fixture(params=["folder", "s3", "s3a"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """An event log that nothing has landed in, on a disk and in an object store."""
    if request.param == "folder":
        return Storage.of(str(tmp_path / "log"))
    options = request.getfixturevalue("object_store")
    return Storage.of(f"{request.param}://movies/{uuid.uuid4().hex}/log?{options}")

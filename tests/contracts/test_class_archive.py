import shutil
import subprocess
from pathlib import Path

import pytest

from contracts.class_archive import find, folder, named, options
from contracts.settings import child_environment
from reelstream.java import find_java
from tests.contracts.java_archives import makes_archives


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    folder(tmp_path).mkdir(parents=True)
    return tmp_path


def test_a_whole_archive_is_used(environment: Path) -> None:
    path = folder(environment) / named(3)
    path.write_bytes(b"abc")

    assert find(environment) == path
    assert f"-XX:SharedArchiveFile={path}" in options(environment)


def test_without_an_archive_nothing_is_asked_of_java(environment: Path) -> None:
    assert options(environment) == []


def test_an_archive_that_was_cut_is_not_used(environment: Path) -> None:
    (folder(environment) / named(3)).write_bytes(b"ab")

    assert find(environment) is None


def test_the_rest_of_an_interrupted_making_is_not_used(environment: Path) -> None:
    (folder(environment) / "spark.jsa").write_bytes(b"abc")

    assert find(environment) is None


@pytest.mark.integration
def test_java_starts_in_silence_with_an_archive_that_is_damaged(environment: Path) -> None:
    java, archive = find_java(environment), find()
    if not makes_archives(java.home):
        pytest.skip("this Java makes no archives of classes")
    assert archive is not None, "run `make setup` again: it makes one"
    damaged = folder(environment) / archive.name
    shutil.copyfile(archive, damaged)
    with damaged.open("r+b") as file:
        file.seek(archive.stat().st_size // 2)
        file.write(bytes(4096))
    jars = _spark_jars()
    command = [str(java.binary), *options(environment), "-XX:+UseSerialGC", "-cp", jars, "-version"]

    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=child_environment({})
    )

    assert done.returncode == 0
    assert done.stdout == ""
    assert "Server VM" in done.stderr


def _spark_jars() -> str:
    import pyspark

    return ":".join(map(str, sorted((Path(pyspark.__file__).parent / "jars").glob("*.jar"))))

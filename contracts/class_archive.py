"""The archive of verified classes from which Spark's Java starts in two thirds of the time.

A dynamic archive of class-data sharing (JEP 350). `make setup` makes it in the virtual environment;
without it everything works. Java ignores an archive that was made by another Java, from other jars,
or that is damaged, but crashes on one that was cut: hence the size in its name.
"""

import sys
from pathlib import Path

HERE = Path(sys.prefix)
QUIET = "-Xlog:cds=off,cds+dynamic=off"


def folder(environment: Path) -> Path:
    """Where a virtual environment keeps its archive."""
    return environment / "share" / "reelstream"


def named(size: int) -> str:
    """The name of an archive of so many bytes."""
    return f"spark-{size}.jsa"


def find(environment: Path = HERE) -> Path | None:
    """The archive, if there is one that is whole."""
    every = folder(environment).glob("spark-*.jsa")
    return next((path for path in every if path.name == named(path.stat().st_size)), None)


def options(environment: Path = HERE) -> list[str]:
    """What makes Java use the archive if it fits, and say nothing if it does not."""
    path = find(environment)
    return [f"-XX:SharedArchiveFile={path}", "-XX:+VerifySharedSpaces", QUIET] if path else []

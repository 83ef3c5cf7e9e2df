"""Whether a Java can make archives of classes."""

from pathlib import Path


def makes_archives(java_home: Path) -> bool:
    """It can if it comes with one of its own classes; that of the wheel comes without."""
    return any(java_home.glob("lib/server/classes*.jsa"))

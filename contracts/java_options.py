"""Options for all of our Java processes."""

from pathlib import Path


def options(temporary: Path) -> list[str]:
    """Temporary files go into this folder, none elsewhere; names are upper-cased in English.

    Args:
        temporary: an absolute path.
    """
    return [f"-Djava.io.tmpdir={temporary}", "-XX:-UsePerfData", "-Duser.language=en"]

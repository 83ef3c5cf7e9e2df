"""Identifies each partition's state files, since Spark's own checks do not.

A batch leaves `<query>/state/<operator>/<partition>/<batch + 1>.changelog` for each partition.
Folders that were exchanged, or hold another day's files, have others of that name than it left.
"""

import zlib
from contextlib import suppress
from pathlib import Path

VERSIONS_KEPT = 5

StateSums = dict[int, dict[str, int]]
"""By version, CRC-32 of each partition's changes; partitions are `operator/partition`."""


def noted(query: Path, batch: int, before: StateSums) -> StateSums:
    """The sums with those of a committed batch; of batches that left all partitions alike, none."""
    sums: dict[str, int] = {}
    for path in _changes(query, batch + 1):
        with suppress(FileNotFoundError):  # Spark has had enough of it
            sums[str(path.parent.relative_to(query / "state"))] = zlib.crc32(path.read_bytes())
    if len(set(sums.values())) < max(len(sums), 2):
        return before
    known = before | {batch + 1: sums}
    return {version: known[version] for version in sorted(known)[-VERSIONS_KEPT:]}


def strange(query: Path, known: StateSums) -> Path | None:
    """A file that is not what its batch has left; Spark may have removed it."""
    for version, sums in known.items():
        for path in _changes(query, version):
            partition = str(path.parent.relative_to(query / "state"))
            if zlib.crc32(path.read_bytes()) != sums.get(partition):
                return path
    return None


def _changes(query: Path, version: int) -> list[Path]:
    return sorted((query / "state").glob(f"[0-9]*/[0-9]*/{version}.changelog"))

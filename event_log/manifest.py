"""The manifest: which files make up the log, for readers that do not know the reading rule."""

import msgspec

from contracts.topics import Identity
from event_log.log_files import LogFile, chain
from event_log.log_identity import identity_of
from event_log.log_rows import files_by_partition
from event_log.storage import Storage

FORMAT = 1
MANIFEST = "manifest.json"


class File(msgspec.Struct, frozen=True):
    """A file below the log's root, and the records of a partition that it holds."""

    path: str
    partition: int
    first: int
    next: int


class Manifest(msgspec.Struct, frozen=True):
    """The log at one moment: no hole, no overlap, every record below `ends` once.

    Attributes:
        identity: whose log it is.
        ends: next-offsets by partition.
        files: in the order of partitions and offsets.
    """

    identity: Identity
    ends: dict[int, int]
    files: list[File]
    format: int = FORMAT


def manifest_of(log: Storage) -> Manifest:
    """What the manifest should say now.

    Raises:
        BrokenLog: on a hole or an overlap.
    """
    chains = {partition: chain(some) for partition, some in sorted(files_by_partition(log).items())}
    files = [_file(span) for some in chains.values() for span in some]
    return Manifest(identity_of(log), {p: some[-1].next for p, some in chains.items()}, files)


def publish_manifest(log: Storage) -> Manifest:
    """Write it, whole.

    Raises:
        BrokenLog: on a hole or an overlap: what is there stays.
    """
    manifest = manifest_of(log)
    log.write(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
    return manifest


def _file(span: LogFile) -> File:
    return File(span.name, span.partition, span.first, span.next)

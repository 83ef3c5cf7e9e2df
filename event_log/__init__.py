"""The event log: every record of the topic in Parquet, by partition and offset range.

    <root>/log.json                     identity: cluster id, topic id, partition count
    <root>/<partition>/<first>-<next>.parquet
    <root>/manifest.json                which files make up the log; rewritten now and then

A file holds the records `first <= offset < next`, all of them: valid ones typed, rejected ones with
their reason and an escaped, shortened copy. Files of a partition follow one another without hole or
overlap. A file appears whole and never changes. Small ones are merged in time: the merged file is
there first, and those that it covers go ten minutes later. The root is a folder or a prefix in an
object store.
"""

from event_log.log_files import BrokenLog, LogFile, by_partition, chain
from event_log.log_identity import ForeignLog, NoLog, claim, identity_of
from event_log.log_rows import (
    COPY_CHARACTERS,
    SCHEMA,
    ends,
    files_by_partition,
    land,
    publish,
    read,
    rows_of,
)
from event_log.manifest import Manifest, publish_manifest
from event_log.storage import BadStorageAddress, Storage, StorageUnavailable
from event_log.valid_events import COLUMNS, Events, events_below, events_in

__all__ = [
    "COLUMNS",
    "COPY_CHARACTERS",
    "SCHEMA",
    "BadStorageAddress",
    "BrokenLog",
    "Events",
    "ForeignLog",
    "LogFile",
    "Manifest",
    "NoLog",
    "Storage",
    "StorageUnavailable",
    "by_partition",
    "chain",
    "claim",
    "ends",
    "events_below",
    "events_in",
    "files_by_partition",
    "identity_of",
    "land",
    "publish",
    "publish_manifest",
    "read",
    "rows_of",
]

"""The event log: every record of the topic in Parquet, by partition and offset range.

    <root>/log.json                     identity: cluster id, topic id, partition count
    <root>/<partition>/<first>-<next>.parquet
    <root>/manifest.json                which files make up the log; written anew now and then

A file holds the records `first <= offset < next`, all of them: valid ones typed, rejected ones with
their reason and an escaped, shortened copy. Files of a partition follow one another without hole or
overlap. A file appears whole and never changes. Small ones are merged in time: the merged file is
there first, and those that it covers go ten minutes later. The root is a folder or a prefix in an
object store.
"""

from contracts.eventlog.events import COLUMNS, Events, events_below, events_in
from contracts.eventlog.log import (
    COPY_CHARACTERS,
    SCHEMA,
    ForeignLog,
    claim,
    ends,
    identity_of,
    land,
    publish,
    read,
    rows_of,
    spans,
)
from contracts.eventlog.manifest import Manifest, publish_manifest
from contracts.eventlog.place import BadPlace, Place, PlaceAway
from contracts.eventlog.spans import BrokenLog, Span, by_partition, chain

__all__ = [
    "COLUMNS",
    "COPY_CHARACTERS",
    "SCHEMA",
    "BadPlace",
    "BrokenLog",
    "Events",
    "ForeignLog",
    "Manifest",
    "Place",
    "PlaceAway",
    "Span",
    "by_partition",
    "chain",
    "claim",
    "ends",
    "events_below",
    "events_in",
    "identity_of",
    "land",
    "publish",
    "publish_manifest",
    "read",
    "rows_of",
    "spans",
]

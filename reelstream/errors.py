"""The one place where error types become a line for people and an exit code."""

import errno
import os

from contracts.edge import (
    BUSY,
    DAMAGED,
    DISK_FULL,
    FAILED,
    FOREIGN,
    REFUSED,
    REJECTED,
    UNREACHABLE,
    USAGE,
    Failure,
)

FILES = {
    errno.ENOSPC: ("free some space, then start again", DISK_FULL),
    errno.EDQUOT: ("free some space, then start again", DISK_FULL),
    errno.EFBIG: ("free some space, then start again", DISK_FULL),
    errno.ENOTDIR: ("give a path whose folders are folders", USAGE),
    errno.EEXIST: ("give a path where nothing is", USAGE),
    errno.EISDIR: ("give a file, not a folder", USAGE),
    errno.ENAMETOOLONG: ("give a shorter name", USAGE),
    errno.EROFS: ("give a folder that can be written", USAGE),
    errno.EACCES: ("give a folder that this user may write", USAGE),
}
"""What a refusing file system means for people: what to do, exit code."""

Row = tuple[type[Exception], str, str, int]
"""Error type, where to look, what to do, exit code; the error itself says what."""


def known() -> tuple[type[Exception], ...]:
    """What an error that is described may be; the libraries' own are no standard errors."""
    from contracts.clients import KafkaError
    from contracts.store.connection import StoreError

    return (OSError, RuntimeError, ValueError, LookupError, StoreError, KafkaError)


def described(error: Exception) -> Failure | None:
    """The failure that a known error is; None for one that is a bug and keeps its traceback."""
    if isinstance(error, Failure):
        return error
    if isinstance(error, OSError) and error.errno in FILES:
        what_to_do, code = FILES[error.errno]
        return Failure(
            os.strerror(error.errno).lower(), str(error.filename or "disk"), what_to_do, code
        )
    for kind, where, what_to_do, code in (*_of_contracts(), *_of_rooms(), *_of_this_machine()):
        if isinstance(error, kind):
            return Failure(str(error), where, what_to_do, code)
    return None


# Imported when something has failed: --help stays fast, and most of it is loaded by then.


def _of_contracts() -> list[Row]:
    from contracts.artefact import BrokenArtefact, UnknownVersion
    from contracts.clients import KafkaError, NoBroker, NotInstalled, WrongTopic
    from contracts.eventlog import BadPlace, BrokenLog, ForeignLog, PlaceAway
    from contracts.histories import CorruptValue
    from contracts.ledger import DamagedLedger, ForeignLedger, LedgerHeld, LedgerNotKept
    from contracts.movielens.layouts import NotMovieLens
    from contracts.movielens.ordering import CannotSort, TooManyRejects
    from contracts.movielens.sources import Damaged, NoData
    from contracts.settings import BadSettings
    from contracts.store.connection import StoreError
    from contracts.store.versions import NothingToGoBackTo, StaleToken

    return [
        (BadSettings, "settings", "correct or unset the variable", USAGE),
        (NoData, "data", "give a MovieLens release: a folder, a zip or a file of ratings", USAGE),
        (
            NotMovieLens,
            "data",
            "give a MovieLens release: a folder, a zip or a file of ratings",
            REJECTED,
        ),
        (
            TooManyRejects,
            "data",
            "look at them with `reelstream producer validate`, or allow them with --max-rejects",
            REJECTED,
        ),
        (Damaged, "data", "get it anew", DAMAGED),
        (CannotSort, "TMPDIR", "free some space there, or set TMPDIR", DISK_FULL),
        (DamagedLedger, "--resume", "restore it, or begin again without --resume", DAMAGED),
        (ForeignLedger, "--resume", "name its own with --ledger, or begin again without", FOREIGN),
        (LedgerHeld, "--ledger", "wait for it, or name another", DAMAGED),
        (LedgerNotKept, "--ledger", "name one on a disk that takes it", DAMAGED),
        (NotInstalled, "REELSTREAM_KAFKA_CLIENT", "install the extra `fast`", USAGE),
        (NoBroker, "REELSTREAM_KAFKA", "start Kafka or correct the address", UNREACHABLE),
        (WrongTopic, "Kafka", "create the topics with `reelstream topics`", UNREACHABLE),
        (KafkaError, "REELSTREAM_KAFKA", "see Kafka's log, then start again", UNREACHABLE),
        (StoreError, "REELSTREAM_REDIS_URL", "start Redis or correct the address", UNREACHABLE),
        (BadPlace, "REELSTREAM_EVENT_LOG", "name a folder or s3://bucket/prefix", USAGE),
        (PlaceAway, "REELSTREAM_EVENT_LOG", "see to the object store", UNREACHABLE),
        (ForeignLog, "event log", "use the folder that belongs to this topic", FOREIGN),
        (BrokenLog, "event log", "restore the missing files", DAMAGED),
        (BrokenArtefact, "model", "publish another version", DAMAGED),
        (UnknownVersion, "--to", "name one of these, or see `reelstream batch models`", USAGE),
        (NothingToGoBackTo, "batch rollback", "name another version with --to", USAGE),
        (CorruptValue, "Redis", "rebuild the store", DAMAGED),
        (StaleToken, "batch", "nothing: a newer trainer has published", DAMAGED),
    ]


def _of_rooms() -> list[Row]:
    from batch.evaluation.refusals import (
        BadParameters,
        CannotDraw,
        NoSuchModel,
        NoSuchSplit,
        NothingToJudge,
        TooManyMovies,
    )
    from batch.export.place import FolderHeld, ForeignFolder
    from batch.trainer import TrainerHeld
    from producer.fetch import Unreachable, WrongFile
    from producer.generate import ImpossibleShape
    from producer.job import Unsent
    from speed.change import OffsetGap
    from speed.rebuild import NotReloaded
    from streaming.checkpoint import BadCheckpoint, CheckpointHeld
    from streaming.failures import QueryFailed, QueryStuck
    from streaming.recovery import NotRebuilt
    from streaming.shown import NotLanded

    data = "try again, or give a MovieLens release with --data or REELSTREAM_DATA"
    return [
        (Unreachable, "download", data, UNREACHABLE),
        (WrongFile, "download", data, DAMAGED),
        (NoSuchModel, "--model", "name one of these", USAGE),
        (NoSuchSplit, "--split", "name one of these", USAGE),
        (BadParameters, "--tuned, --out", "name a file that `batch tune --out` wrote", USAGE),
        (CannotDraw, "--picture", "give another path", USAGE),
        (TooManyMovies, "--model", "leave it out: name the others", REJECTED),
        (NothingToJudge, "data", "give a larger release", REJECTED),
        (ForeignFolder, "--to", "give a new or empty folder, or an earlier export's", USAGE),
        (FolderHeld, "--to", "wait for it, or give another", BUSY),
        (ImpossibleShape, "producer generate", "give another size", USAGE),
        (Unsent, "REELSTREAM_KAFKA", "see to Kafka, then go on with --resume", UNREACHABLE),
        (OffsetGap, "Kafka", "let nothing but Reelstream write into the topic", FAILED),
        (NotReloaded, "speed rebuild", "start `reelstream speed run`: it goes on with it", FAILED),
        (CheckpointHeld, "streaming", "stop that first", BUSY),
        (TrainerHeld, "batch", "ask it with `reelstream retrain`, or stop it first", BUSY),
        (
            BadCheckpoint,
            "checkpoint",
            "restore it, or give it up with `reelstream streaming start-over`",
            REFUSED,
        ),
        (NotRebuilt, "streaming rebuild", "see the log of streaming", FAILED),
        (NotLanded, "streaming", "see why the event log is behind", FAILED),
        (QueryFailed, "streaming", "see the lines above", FAILED),
        (QueryStuck, "streaming", "start it again; its state is kept", FAILED),
    ]


def _of_this_machine() -> list[Row]:
    from reelstream.demo import NotQuiet
    from reelstream.jars import BadJar, NoJars
    from reelstream.java import NoJava
    from reelstream.kafka_server import BrokerNotPrepared
    from reelstream.redis_server import NoRedis

    return [
        (NoJava, "JAVA_HOME, PATH", "install Java 17 or 21, or run `make setup`", USAGE),
        (NoRedis, "PATH", "install redis-server, or run `make setup`", USAGE),
        (NoJars, "jars", "see that the network is there, and try again", UNREACHABLE),
        (BadJar, "jars", "see who answers for the network, and try again", DAMAGED),
        (
            BrokerNotPrepared,
            "Kafka",
            "see that the folder is writable and its disk not full",
            FAILED,
        ),
        (NotQuiet, "demo", "see the logs of speed and streaming", FAILED),
    ]

"""The errors of file systems and of client libraries as failures."""

import errno
import os

from contracts.process_exit import DISK_FULL, UNREACHABLE, USAGE, Failure

FILES = {
    errno.ENOSPC: ("free some space, then start again", DISK_FULL),
    errno.EDQUOT: ("free some space, then start again", DISK_FULL),
    errno.EFBIG: ("free some space, then start again", DISK_FULL),
    errno.ENOTDIR: ("give a path whose parents are folders, not files", USAGE),
    errno.EEXIST: ("give a path that does not exist yet", USAGE),
    errno.EISDIR: ("give a file, not a folder", USAGE),
    errno.ENAMETOOLONG: ("give a shorter name", USAGE),
    errno.EROFS: ("give a writable folder", USAGE),
    errno.EACCES: ("give a folder that this user can write to", USAGE),
}
"""File system errors: what to do, exit code."""


def known() -> tuple[type[Exception], ...]:
    """What an error that becomes a failure may be."""
    from kafka_clients import KafkaError
    from redis_store.connection import StoreError

    return (Failure, OSError, KafkaError, StoreError)


def as_failure(error: Exception) -> Failure | None:
    """The failure that an error is; None for one that is a bug and keeps its traceback."""
    if isinstance(error, Failure):
        return error
    if isinstance(error, OSError) and error.errno in FILES:
        what_to_do, code = FILES[error.errno]
        what = os.strerror(error.errno).lower()
        return Failure(what, str(error.filename or "disk"), what_to_do, code)
    return _of_client(error)


def error_line(error: Exception) -> str:
    """An error as a line among others: what, where, what to do."""
    failure = as_failure(error)
    return failure.line if failure else str(error)


def _of_client(error: Exception) -> Failure | None:
    """The failure that an error of a client library is."""
    # Imported when something has failed: --help stays fast, and most of it is loaded by then.
    from kafka_clients import AuthorizationError, KafkaError
    from redis_store.connection import StoreError

    known_failures = {
        AuthorizationError: (
            "Kafka's ACLs",
            "allow Reelstream to create, describe, read and write the topics, and to join groups",
            UNREACHABLE,
        ),
        KafkaError: ("REELSTREAM_KAFKA", "see Kafka's log, then start again", UNREACHABLE),
        StoreError: ("REELSTREAM_REDIS_URL", "start Redis, or correct the address", UNREACHABLE),
    }
    for kind, (where, what_to_do, code) in known_failures.items():
        if isinstance(error, kind):
            return Failure(str(error), where, what_to_do, code)
    return None

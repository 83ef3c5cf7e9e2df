"""The edge of every process: stop signals, and known errors as one line with an exit code.

Exit codes: 0 done; 2 usage or settings; 3 input rejected; 4 Kafka or Redis unreachable, or nothing
to download from; 5 another data set's or topic's state; 6 damaged files; 20 a process failed;
130 interrupted.
"""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

USAGE = 2
REJECTED = 3
UNREACHABLE = 4
FOREIGN = 5
DAMAGED = 6
FAILED = 20
INTERRUPTED = 130


class Failure(Exception):
    """A mistake or mishap that a person can do something about."""

    def __init__(self, what: str, where: str, what_to_do: str, code: int) -> None:
        """Say what happened, where, what to do, and the exit code."""
        super().__init__(f"error: {what} ({where}): {what_to_do}")
        self.code = code


def main(app: typer.Typer) -> None:
    """Run a command line; a known error ends as one line on stderr and its exit code."""
    app.pretty_exceptions_enable = False
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except (Failure, OSError, RuntimeError, ValueError) as error:
        failure = error if isinstance(error, Failure) else described(error)
        if failure is None:
            raise
        sys.stderr.write(f"{failure}\n")
        sys.exit(failure.code)


def described(error: Exception) -> Failure | None:
    """The one place where error types become exit codes; None for one that is a bug."""
    # Imported when something failed: the modules are loaded by then, and --help stays fast.
    from contracts.artefact import BrokenArtefact
    from contracts.clients import KafkaError, NoBroker, WrongTopic
    from contracts.eventlog import BrokenLog, ForeignLog
    from contracts.histories import CorruptValue
    from contracts.movielens import NotMovieLens
    from contracts.settings import BadSettings
    from contracts.store.connection import StoreError

    known: list[tuple[type[Exception], str, str, int]] = [
        (BadSettings, "settings", "correct or unset the variable", USAGE),
        (NotMovieLens, "data", "give the folder of a MovieLens CSV release", REJECTED),
        (NoBroker, "REELSTREAM_KAFKA", "start Kafka or correct the address", UNREACHABLE),
        (KafkaError, "REELSTREAM_KAFKA", "see Kafka's log, then start again", UNREACHABLE),
        (StoreError, "REELSTREAM_REDIS_URL", "start Redis or correct the address", UNREACHABLE),
        (WrongTopic, "Kafka", "create the topics with `reelstream topics`", UNREACHABLE),
        (ForeignLog, "event log", "use the folder that belongs to this topic", FOREIGN),
        (BrokenLog, "event log", "restore the missing files", DAMAGED),
        (BrokenArtefact, "model", "publish another version", DAMAGED),
        (CorruptValue, "Redis", "rebuild the store", DAMAGED),
    ]
    for kind, where, what_to_do, code in known:
        if isinstance(error, kind):
            return Failure(str(error), where, what_to_do, code)
    return None


@contextmanager
def until_stopped() -> Iterator[Callable[[], bool]]:
    """Within, SIGTERM and SIGINT no longer end the process but make the yielded function true."""
    stopped: list[int] = []
    signals = (signal.SIGTERM, signal.SIGINT)
    before = {s: signal.signal(s, lambda number, _: stopped.append(number)) for s in signals}
    try:
        yield lambda: bool(stopped)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

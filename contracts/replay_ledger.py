"""The producer's ledger: how far a replay has been acknowledged, for whoever resumes or watches it.

One file, replaced whole, flushed to disk before more is sent than may be repeated.
"""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from contracts.atomic_files import write_atomically
from contracts.file_locks import alone
from contracts.process_exit import DAMAGED, FOREIGN, Failure
from contracts.topics import Identity

FORMAT = 1


class Ledger(msgspec.Struct, frozen=True):
    """A replay and how far it is.

    Attributes:
        data: SHA-256 of the ratings' file.
        topic: where the rows go, by name and by identity.
        clock: whose time the events carry.
        first: number of the replay's first row, counted from 0 in time order.
        until: number after its last.
        next: number of the first row that is not known to be acknowledged.
        sent: number after the last row that had been handed to Kafka's client.
        refused: rows that Kafka's client found too large.
    """

    data: str
    topic: str
    identity: Identity
    clock: str
    first: int
    until: int
    next: int
    sent: int
    refused: int = 0

    @property
    def total(self) -> int:
        """Rows of the replay."""
        return self.until - self.first

    @property
    def handed(self) -> int:
        """Rows that had been handed to Kafka's client."""
        return self.sent - self.first

    @property
    def acknowledged(self) -> int:
        """Rows that Kafka has."""
        return self.next - self.first - self.refused


class _Written(msgspec.Struct, frozen=True):
    format: int
    ledger: msgspec.Raw
    sha256: str


class DamagedLedger(Failure):
    """A ledger that cannot be read, or says what cannot be."""

    where = "--resume"
    what_to_do = "restore it, or start again without --resume"
    code = DAMAGED


class ForeignLedger(Failure):
    """A ledger of another data set, topic, cluster or replay, or of a newer format."""

    where = "--resume"
    what_to_do = "give another --ledger, or omit --resume"
    code = FOREIGN


class LedgerHeld(Failure):
    """Another producer uses the ledger."""

    where = "--ledger"
    what_to_do = "wait for it, or give another"
    code = DAMAGED


class LedgerNotKept(Failure):
    """The ledger cannot be written: nothing more may be sent."""

    where = "--ledger"
    what_to_do = "give a path that can be written to"
    code = DAMAGED


def usual_path(state: Path, topic: str, data: str, first: int, until: int, clock: str) -> Path:
    """Where below `state` a replay keeps its ledger if nobody says; each has its own."""
    return state / "ledgers" / f"{topic}-{data[:12]}-{first}-{until}-{clock}.json"


def read(path: Path) -> Ledger | None:
    """The ledger of a file; None where there is none.

    Raises:
        DamagedLedger: if the file is not whole.
        ForeignLedger: if a newer version wrote it.
    """
    try:
        written = msgspec.json.decode(path.read_bytes(), type=_Written)
        if written.format != FORMAT:
            raise ForeignLedger(f"{path} has format {written.format}, not {FORMAT}")
        ledger = msgspec.json.decode(written.ledger, type=Ledger)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OSError) as error:
        raise DamagedLedger(f"{path}: {error}") from error
    if hashlib.sha256(written.ledger).hexdigest() != written.sha256:
        raise DamagedLedger(f"{path}: checksum mismatch")
    if not 0 <= ledger.first <= ledger.next <= ledger.until:
        raise DamagedLedger(f"{path}: row {ledger.next} outside {ledger.first} to {ledger.until}")
    return ledger


def write(path: Path, ledger: Ledger) -> None:
    """Replace the file's ledger, on disk before this returns.

    Raises:
        LedgerNotKept: if it cannot be.
    """
    content = msgspec.json.encode(ledger)
    whole = _Written(FORMAT, msgspec.Raw(content), hashlib.sha256(content).hexdigest())
    try:
        write_atomically(path, msgspec.json.encode(whole))
    except OSError as error:
        raise LedgerNotKept(f"{path}: {error.strerror}") from error


def _is_something_else(path: Path) -> bool:
    """Whether there is a file that no ledger begins like: not ours to write over."""
    begins = b'{"format":'
    if not path.exists():
        return False
    with path.open("rb") as file:
        return file.read(len(begins)) != begins


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Within, the ledger is ours alone.

    Raises:
        LedgerHeld: if another producer uses it.
        LedgerNotKept: if its folder cannot be written.
    """
    try:
        if not path.name or path.is_dir() or _is_something_else(path):
            raise LedgerNotKept(f"{str(path)!r} cannot be used as a ledger")
        path.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            stack.enter_context(alone(path.with_name(f"{path.name}.lock")))
            lock = stack.pop_all()
    except BlockingIOError:
        raise LedgerHeld(f"{path} is in use by another producer") from None
    except OSError as error:
        raise LedgerNotKept(f"{path}: {error.strerror}") from error
    with lock:
        yield

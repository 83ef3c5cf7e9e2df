"""A producer that runs on this machine; its ledger holds its progress, and where it resumes."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from contracts import replay_ledger as ledgers
from reelstream.supervisor import Supervisor

LEDGERS = "ledgers"


class Counts(msgspec.Struct, frozen=True):
    """Rows of a data set: all, those handed to Kafka's client, those acknowledged."""

    total: int = 0
    sent: int = 0
    acknowledged: int = 0


@dataclass
class ReplayProcess:
    """One `producer replay`, run by the supervisor."""

    name: str
    ledger: Path
    supervisor: Supervisor

    def counts(self) -> Counts:
        """Its progress."""
        kept = ledgers.read(self.ledger)
        if kept is None:
            return Counts()
        return Counts(kept.total, kept.handed, kept.acknowledged)

    def finished(self) -> bool:
        """Whether it has ended successfully."""
        return self.supervisor.is_done(self.name)

    def stop(self, timeout_s: float) -> None:
        """Ask it to stop, and wait until what it sent is acknowledged; kill it after the time."""
        self.supervisor.end(self.name, timeout_s)

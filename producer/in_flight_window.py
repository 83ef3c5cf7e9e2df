"""The rows in flight: bounded, and recorded in the ledger as they are acknowledged."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from kafka_clients import Batch, OnDelivery, TooLarge

WINDOW = 32_768
"""Rows that may be sent beyond what the ledger holds: what a crash can repeat at most."""
LEDGER_EVERY_ROWS = WINDOW // 4
LEDGER_EVERY_S = 0.5
POLL_S = 0.05


class Sender(Protocol):
    """What is used of `kafka_clients.ProducerClient`."""

    def send_all(self, topic: str, records: Batch, on_delivery: OnDelivery) -> None:
        """Queue records; `on_delivery` is told how they end."""

    def poll(self, timeout_s: float) -> None:
        """Wait a moment for records to settle."""

    def flush(self) -> None:
        """Wait until all records have settled."""


@dataclass
class Chunk:
    """Records that were sent together."""

    size: int
    acknowledged: int = 0
    refused: int = 0
    error: BaseException | None = None

    def on_delivery(self, count: int, error: BaseException | None) -> None:
        """Note how some of them ended."""
        if error is None:
            self.acknowledged += count
        elif isinstance(error, TooLarge):
            self.refused += count
        else:
            self.error = self.error or error

    @property
    def done(self) -> bool:
        """Whether none of them is needed any more."""
        return self.acknowledged + self.refused == self.size


class Window:
    """Chunks in flight, the oldest first, and the row before which all is acknowledged.

    Attributes:
        next: number of the first row that is not acknowledged.
        sent: number after the last row that was sent.
        refused: rows that were too large.
        error: why the first row failed, if one has.
    """

    def __init__(
        self,
        sender: Sender,
        topic: str,
        first: int,
        keep: Callable[["Window"], None],
        monotonic: Callable[[], float],
    ) -> None:
        """Begin at a row; `keep` writes the ledger and returns when it is on disk."""
        self.next = self.sent = self._kept = first
        self.refused = 0
        self.error: BaseException | None = None
        self._sender, self._topic, self._keep = sender, topic, keep
        self._monotonic, self._kept_at = monotonic, monotonic()
        self._chunks: deque[Chunk] = deque()

    def send(self, records: Batch) -> None:
        """Send, as soon as the window has room for so many."""
        while self.error is None and self.sent + len(records) - self._kept > WINDOW:
            self.advance(POLL_S)
        if self.error is None:
            chunk = Chunk(len(records))
            self._chunks.append(chunk)
            self.sent += chunk.size
            self._sender.send_all(self._topic, records, chunk.on_delivery)
            self.advance(0)

    def advance(self, timeout_s: float) -> None:
        """Wait a moment, and note what has been acknowledged."""
        self._sender.poll(timeout_s)
        self._note()
        rows, seconds = self.next - self._kept, self._monotonic() - self._kept_at
        if rows >= LEDGER_EVERY_ROWS or (rows and seconds >= LEDGER_EVERY_S):
            self.keep()

    def finish(self) -> None:
        """Wait until everything has settled, and write that down."""
        self._sender.flush()
        self._note()
        self.keep()

    def keep(self) -> None:
        """Write the ledger."""
        self._keep(self)
        self._kept, self._kept_at = self.next, self._monotonic()

    def _note(self) -> None:
        while self._chunks and self._chunks[0].done:
            chunk = self._chunks.popleft()
            self.next += chunk.size
            self.refused += chunk.refused
        self.error = next((chunk.error for chunk in self._chunks if chunk.error), None)

"""Writes ratings to Kafka, by a producer that is replaced when it cannot deliver them.

A thread of its own does whatever may wait for Kafka, so that nobody else does. It connects, asks
Kafka from time to time whether it is there, and gives a producer up that leaves a rating waiting:
kafka-python's never sends again after an outage of some seconds. While there is none that Kafka has
answered, ratings are refused at once.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial

from api.services import CannotWrite
from contracts.events import Event, encode
from contracts.partitioner import partition_of
from kafka_clients import Delivered, KafkaError, RecordProducerClient

PATIENCE_S = 4.0
"""How long a rating waits for Kafka, and an attempt to connect takes: the next comes soon after."""
ASKED_S = 1.0
"""Kafka is asked whether it is there when it has told nothing for so long."""
LOOK_S = 0.25
STOPPING_S = 1.0
"""How long ratings wait when the process is to end."""
WAITING = 100
"""Ratings that wait at most: in normal times, each some milliseconds, they are 10,000 a second."""

TROUBLE = (KafkaError, OSError, ValueError)
"""What a client library raises, even for an answer that is not Kafka's."""

log = logging.getLogger(__name__)


class KafkaWriter:
    """Sends events, and never blocks who calls it; see `RatingWriter`."""

    def __init__(
        self,
        connect: Callable[[], RecordProducerClient],
        topic: str,
        stopping: Callable[[], bool],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is connected before `running`."""
        self._connect = connect
        self._topic = topic
        self._stopping = stopping
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._producer: RecordProducerClient | None = None
        self._partitions = 0
        self._to_send: deque[tuple[Event, Future[Delivered]]] = deque()
        self._waiting: dict[Future[Delivered], float] = {}
        self._lost: BaseException | None = None
        self._heard_at = monotonic()
        self._in_vain_since: float | None = monotonic()
        self._said = ""

    @property
    def trouble(self) -> str | None:
        """Why no ratings are written, in words; None if they are."""
        since = self._in_vain_since
        if since is None:
            return None
        seconds = self._monotonic() - since
        return f"cannot write: Kafka has acknowledged nothing for {seconds:.0f} s"

    def send(self, event: Event) -> Future[Delivered]:
        """Send, or refuse at once; see `RatingWriter`."""
        written: Future[Delivered] = Future()
        written.set_running_or_notify_cancel()  # whoever waits for it cannot take it back
        with self._lock:
            if self._producer is None or self._stopping():
                raise CannotWrite("Kafka does not answer; the rating was not sent")
            if len(self._waiting) >= WAITING:
                raise CannotWrite("too many ratings are waiting for Kafka; this one was not sent")
            self._waiting[written] = self._monotonic()
            self._to_send.append((event, written))
        self._wake.set()
        return written

    @contextmanager
    def running(self) -> Iterator[None]:
        """Within, until the process is to stop, a thread connects, sends and looks after it."""
        # A daemon: an attempt that hangs must not keep the process from ending.
        thread = threading.Thread(target=self._run, name="writer", daemon=True)
        thread.start()
        try:
            yield
        finally:
            thread.join(STOPPING_S)

    def step(self) -> None:
        """Do what is to be done now: connect, send, see that nothing waits in vain."""
        try:
            producer = self._producer or self._connected()
            self._send_all(producer)
            self._check(producer)
        except TROUBLE as error:
            self._give_up(error)

    def _run(self) -> None:
        while self._waiting or not self._stopping():
            self.step()
            self._wake.wait(LOOK_S)
            self._wake.clear()
        if self._producer is not None:
            self._producer.close()

    def _connected(self) -> RecordProducerClient:
        producer = self._connect()
        try:
            self._partitions = producer.ask(self._topic)
        except ConnectionError:
            _leave(producer)
            raise
        # That is no proof yet that it takes ratings: only one that it does take, or quiet, is.
        self._heard_at = self._monotonic()
        self._producer = producer
        return producer

    def _send_all(self, producer: RecordProducerClient) -> None:
        while self._to_send:
            event, written = self._to_send.popleft()
            partition = partition_of(event.user_id, self._partitions)
            key = str(event.user_id).encode()
            sent = producer.send(self._topic, key, encode(event), partition)
            sent.add_done_callback(partial(self._finish, written))

    def _finish(self, written: Future[Delivered], sent: Future[Delivered]) -> None:
        """Pass on how a record ended, unless it was given up; called in a thread of the library."""
        error = sent.exception()
        with self._lock:
            if self._waiting.pop(written, None) is None:
                return
            self._lost = self._lost or error
        if error is None:
            self._written()
            written.set_result(sent.result())
        else:
            written.set_exception(_in_vain(error))
            self._wake.set()

    def _check(self, producer: RecordProducerClient) -> None:
        """See that Kafka acknowledges what waits; if nothing does, that it answers.

        Raises:
            ConnectionError, TimeoutError: if not.
        """
        with self._lock:
            lost, oldest = self._lost, next(iter(self._waiting.values()), None)
        if lost is not None:
            raise ConnectionError(str(lost)) from lost
        now, patience_s = self._monotonic(), STOPPING_S if self._stopping() else PATIENCE_S
        if oldest is not None and now - oldest >= patience_s:
            raise TimeoutError(f"a rating was not acknowledged within {patience_s:g} s")
        if oldest is None and now - self._heard_at >= ASKED_S:
            producer.ask(self._topic)
            self._written()

    def _written(self) -> None:
        self._heard_at = self._monotonic()
        since, self._in_vain_since = self._in_vain_since, None
        if since is not None and self._said:
            log.warning("Kafka accepts ratings again after %.0f s", self._heard_at - since)
            self._said = ""

    def _give_up(self, error: Exception) -> None:
        """Fail what waits, and leave the producer to itself; the next step connects another."""
        with self._lock:
            producer, self._producer = self._producer, None
            waited, self._lost = list(self._waiting), None
            self._waiting.clear()
            self._to_send.clear()
            if self._in_vain_since is None:
                self._in_vain_since = self._heard_at
        for one in waited:
            one.set_exception(_in_vain(error))
        if producer is not None:
            _leave(producer)
        if str(error) != self._said:
            self._said = str(error)
            log.warning("cannot write ratings: %s", error)


def _in_vain(error: BaseException) -> ConnectionError:
    return ConnectionError(f"Kafka did not acknowledge it: {error}")


def _leave(producer: RecordProducerClient) -> None:
    """Close without waiting: it may take seconds, and Kafka may be back before."""
    threading.Thread(target=producer.close, name="leaving", daemon=True).start()

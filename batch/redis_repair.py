"""Ensures, beside the trainer, that what has been published stays in Redis."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from batch.publishing import Publisher
from contracts.artefact import BrokenArtefact
from contracts.stored_value_checks import CorruptValue
from event_log import BrokenLog, Storage, StorageUnavailable
from kafka_clients import KafkaError
from redis_store.catalogue import CatalogueStore
from redis_store.connection import StoreError
from redis_store.versions import StaleToken

LOOK_EVERY_S = 10.0
ENDS_WITHIN_S = 2.0
TROUBLE = (
    StoreError,
    CorruptValue,
    KafkaError,
    OSError,
    BrokenArtefact,
    BrokenLog,
    StorageUnavailable,
    StaleToken,
)

log = logging.getLogger(__name__)


@dataclass
class RedisRepair:
    """Writes again what Redis has lost of the active version, of its pointer or of the catalogue.

    So it does with whether the version is held, which the topic says.

    It has a thread of its own: a retrain may take longer than people should wait.

    Attributes:
        publisher: nobody else's, as what it asks Kafka by is.
        decided: the version that was activated last, as the decisions say; None before any.
        event_log: what lists are made of.
        catalogue: the store's.
    """

    publisher: Publisher
    decided: Callable[[], int | None]
    event_log: Storage
    catalogue: CatalogueStore
    _trouble: str = field(default="", init=False)

    def look(self) -> None:
        """Look, and write what is missing; what is in the way is logged, and tried again."""
        try:
            self._mend()
            self._trouble = ""
        except TROUBLE as error:
            if str(error) != self._trouble:
                log.warning("cannot restore now what Redis has lost: %s", error)
            self._trouble = str(error)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Within, a thread looks again and again; at the end, half a version may be left."""
        stopping = threading.Event()
        thread = threading.Thread(target=self._run, args=[stopping], daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            thread.join(ENDS_WITHIN_S)

    def _run(self, stopping: threading.Event) -> None:
        while not stopping.wait(LOOK_EVERY_S):
            self.look()

    def _mend(self) -> None:
        if not self.catalogue.is_whole() and (kept := self.publisher.catalogue()):
            self.catalogue.write(kept)
            log.warning("the catalogue was missing from Redis and has been restored")
        if self.publisher.is_whole():
            self.publisher.tell_hold()
            return
        if done := self.publisher.republish(self.decided(), self.event_log):
            log.warning("version %d was incomplete in Redis and has been restored", done.version)

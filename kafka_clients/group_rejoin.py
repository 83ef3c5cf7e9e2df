"""A group member that rejoins by itself if its client fails to."""

import logging
import threading
from collections.abc import Callable
from math import isinf

from kafka_clients.interfaces import ConsumerClient
from kafka_clients.records import Consumed

REJOINS_AFTER_S = 10.0
"""More than a group waits for one of its members that has died."""

log = logging.getLogger(__name__)


class RejoiningConsumer:
    """A member that rejoins with a new client when it has been out of the group for long.

    librdkafka forgets every broker when it asks for metadata while the only one is fenced, as after
    a pause, and may then join nowhere for minutes.
    """

    def __init__(self, join: Callable[[], ConsumerClient], monotonic: Callable[[], float]) -> None:
        """Join; `join` makes a client that does."""
        self._join, self._monotonic = join, monotonic
        self._member = join()
        self._in_group_at = monotonic()

    def poll(self, timeout_s: float, limit: int) -> dict[int, list[Consumed]]:
        """What has come, by partition, in offset order.

        Raises:
            NoBroker: if it rejoins, and no broker answers.
        """
        self._look_for_the_group()
        return self._member.poll(timeout_s, limit)

    def assigned(self) -> list[int]:
        """The partitions assigned now."""
        return self._member.assigned()

    def seek(self, partition: int, offset: int) -> None:
        """Continue reading from here, in an assigned partition."""
        self._member.seek(partition, offset)

    def behind(self, partition: int) -> int:
        """Records between our position and the last known end; assigned partitions only."""
        return self._member.behind(partition)

    def show_progress(self) -> None:
        """Commit our position to the group: for lag displays, and so that it confirms us."""
        self._member.show_progress()

    def confirmed_s(self) -> float:
        """Seconds since the group last confirmed our assignment; infinite if it has not."""
        return self._member.confirmed_s()

    def close(self) -> None:
        """Leave the group."""
        self._member.close()

    def _look_for_the_group(self) -> None:
        now = self._monotonic()
        if not isinf(self._member.confirmed_s()):
            self._in_group_at = now
        elif now - self._in_group_at > REJOINS_AFTER_S:
            lost, self._member = self._member, self._join()
            log.warning("not in the group for %.0f s: rejoining", now - self._in_group_at)
            self._in_group_at = self._monotonic()
            threading.Thread(target=lost.close, daemon=True).start()  # which may never end

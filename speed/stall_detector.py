"""Detects a worker that makes no progress although it should; logs its begin and its end once."""

import logging
from dataclasses import dataclass, field
from math import isinf

from kafka_clients import ConsumerClient
from speed.metrics import Metrics

STANDS_S = 10.0
"""More than a group takes to notice that a member has died, and to share out what it held."""

log = logging.getLogger(__name__)


@dataclass
class StallDetector:
    """Watches how long a worker has made no progress."""

    consumer: ConsumerClient
    metrics: Metrics
    _lasted_s: float = field(default=0.0, init=False)

    def look(self, missing: BaseException | None) -> None:
        """Log a standstill that has begun or ended; `missing` is the error of what is down."""
        stands_s = self.metrics.stands_s()
        if stands_s >= STANDS_S:
            if not self._lasted_s:
                why = self._known(missing)
                log.warning("nothing has been applied for %.0f s: %s", stands_s, why)
                self.metrics.stood()
            self._lasted_s = stands_s
        elif self._lasted_s:
            log.warning("progressing again after %.0f s", self._lasted_s)
            self._lasted_s = 0.0

    def _known(self, missing: BaseException | None) -> str:
        """What is known about the cause."""
        if missing is not None:
            return str(missing)
        ours, ago_s = self.consumer.assigned(), self.consumer.confirmed_s()
        behind = sum(map(self.consumer.behind, ours))
        confirmed = "not confirmed" if isinf(ago_s) else f"confirmed {ago_s:.0f} s ago"
        said = f"partitions {ours}, {behind} records behind as last reported by Kafka"
        return f"{said}, {confirmed} by the group"

"""What the health check asks; without Spark, since a container asks again and again."""

from contracts.clock import now_ms
from contracts.effective_settings import settings_here
from contracts.process_status import QUERIES
from redis_store.connection import connect
from redis_store.status import StatusStore
from streaming.health_check import check


def alive() -> tuple[bool, str]:
    """Whether the job gets on, and how far its queries are, in words."""
    settings = settings_here()
    status = StatusStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    return check([(name, status.query(name)) for name in QUERIES], now_ms())

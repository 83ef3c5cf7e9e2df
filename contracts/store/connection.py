"""Connecting to Redis."""

from typing import Any, TypeAlias

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError as StoreError
from redis.retry import Retry

__all__ = ["Client", "StoreError", "connect"]

# redis-py types every reply as bytes or str, whatever the client was told to decode.
Client: TypeAlias = Any


def connect(url: str, timeout_s: float) -> Client:
    """A client that fails within `timeout_s` instead of hanging; connects on first use.

    Raises:
        ValueError: if the URL is none of Redis.
    """
    return Redis.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 1),
        health_check_interval=30,
    )

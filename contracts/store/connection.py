"""Connecting to Redis."""

from typing import Any, TypeAlias

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError as StoreError
from redis.retry import Retry

__all__ = ["Client", "StoreError", "connect", "forget"]

# redis-py types every reply as bytes or str, whatever the client was told to decode.
Client: TypeAlias = Any


def forget(client: Client, prefix: str) -> None:
    """Unlink every key that begins with this prefix.

    Raises:
        ValueError: if the prefix is empty: other keys are none of ours.
    """
    if not prefix:
        raise ValueError("an empty prefix would unlink everything")
    for key in client.scan_iter(f"{prefix}*", count=1000):
        client.unlink(key)


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

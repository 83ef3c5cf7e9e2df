"""Connecting to Redis."""

from collections.abc import Sequence
from itertools import chain
from typing import Any, TypeAlias

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError as StoreError
from redis.retry import Retry

__all__ = ["Client", "StoreError", "connect", "forget", "set_all"]

# redis-py types every reply as bytes or str, whatever the client was told to decode.
Client: TypeAlias = Any


def set_all(client: Client, keys: Sequence[bytes], values: Sequence[bytes]) -> None:
    """`MSET`, packed here: redis-py needs several times the processor time for many values.

    Raises:
        StoreError: if Redis is away or refuses.
    """
    heads = [
        b"\r\n$%d\r\n%b\r\n$%d\r\n" % (len(key), key, len(value))
        for key, value in zip(keys, values, strict=True)
    ]
    pairs = chain.from_iterable(zip(heads, values, strict=True))
    command = b"".join([b"*%d\r\n$4\r\nMSET" % (1 + 2 * len(keys)), *pairs, b"\r\n"])
    connection = client.connection_pool.get_connection()
    try:
        connection.send_packed_command([command])
        connection.read_response()
    finally:
        client.connection_pool.release(connection)


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

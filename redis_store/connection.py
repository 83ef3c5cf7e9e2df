"""Connecting to Redis."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any, TypeAlias

from redis import Redis
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.exceptions import AuthenticationError, BusyLoadingError, ResponseError
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisError as StoreError
from redis.exceptions import TimeoutError as NoAnswer
from redis.retry import Retry

from contracts.stored_value_checks import CorruptValue
from redis_store.redis_errors import refusal_of

__all__ = ["UNREACHABLE", "Client", "NoAnswer", "StoreError", "connect", "forget", "set_all"]

UNREACHABLE = (ConnectionLost, NoAnswer)
"""The store errors of a Redis that does not answer, as against one that refuses."""

# redis-py types every reply as bytes or str, whatever the client was told to decode.
Client: TypeAlias = Any


class _Pipeline(Pipeline):
    def execute(self, raise_on_error: bool = True) -> list[Any]:
        with _errors_translated():
            return super().execute(raise_on_error)


class _Redis(Redis):
    """A client for which a value of the wrong type than the command's is one that is damaged."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        with _errors_translated(*args):
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool = True, shard_hint: None = None) -> _Pipeline:
        return _Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


@contextmanager
def _errors_translated(*command: Any) -> Iterator[None]:
    """Within, a refusal is told as what it is: over a value's type, as damage of these keys."""
    try:
        yield
    except (ResponseError, AuthenticationError, BusyLoadingError) as error:
        if refusal := refusal_of(error):
            raise refusal from error
        if "WRONGTYPE" not in str(error):
            raise
        # A pipeline's error names the command itself.
        keys = _keys(*command) if command else str(error).partition(" caused error")[0]
        raise CorruptValue(f"{keys}: a value of the wrong type") from error


def _keys(name: str, *arguments: Any) -> str:
    """The first few keys of a command; a script's come behind its name and their number."""
    keys = arguments[2 : 2 + int(arguments[1])] if name.startswith("EVAL") else arguments[:1]
    return ", ".join(key.decode() if isinstance(key, bytes) else str(key) for key in keys[:4])


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
    with _errors_translated("MSET", *keys):
        connection = client.connection_pool.get_connection()
        try:
            connection.send_packed_command([command])
            connection.read_response()
        finally:
            client.connection_pool.release(connection)


def forget(client: Client, prefix: str) -> None:
    """Unlink every key that begins with this prefix.

    Raises:
        ValueError: if the prefix is empty: other keys are not ours.
    """
    if not prefix:
        raise ValueError("an empty prefix would delete everything")
    for key in client.scan_iter(f"{prefix}*", count=1000):
        client.unlink(key)


def connect(url: str, timeout_s: float) -> Client:
    """A client that gives up after `timeout_s` without a byte from Redis; connects on first use.

    A connection that Redis has closed, as by a restart, is replaced unnoticed: the pool looks at
    each before use. What took too long is not tried again: it would take as long once more.

    Raises:
        ValueError: if it is not a Redis URL.
    """
    return _Redis.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 1, supported_errors=(ConnectionLost,)),
    )

"""What a Redis that will not do says, told as an error of its own, however it was asked."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis.exceptions import BusyLoadingError, ResponseError

from contracts.process_status import BatchStatus
from contracts.redis_keys import Keys
from redis_store.connection import Client, StoreError, set_all
from redis_store.partition_position import Position
from redis_store.redis_errors import (
    ClusterStore,
    NotAuthenticated,
    NotPermitted,
    PassingRefusal,
    ReadOnlyStore,
    StoreCannotSave,
    StoreFull,
    StoreLoading,
    StoreTooOld,
    refusal_of,
)
from redis_store.speed import Change, SpeedStore
from redis_store.status import StatusStore
from tests.redis_store.redis_servers import client_of, filled, redis_with

KEYS = Keys("mine:1:")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A Redis that holds as much as it may."""
    with redis_with(tmp_path_factory.mktemp("redis"), "--maxmemory", "3mb") as port:
        client = client_of(port)
        filled(client)
        yield client


WRITES: dict[str, Callable[[Client], object]] = {
    "a command": lambda c: StatusStore(c, KEYS).write(BatchStatus(1)),
    "a script": lambda c: SpeedStore(c, KEYS).write(0, Change(0, Position(1))),
    "a pipeline": lambda c: c.pipeline(transaction=False).set("mine:1:a", 1).execute(),
    "a transaction": lambda c: c.pipeline().set("mine:1:a", 1).execute(),
    "many at once": lambda c: set_all(c, [b"mine:1:a"], [b"1"]),
}


@pytest.mark.integration
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_full_redis_is_told_however_it_is_written_to(
    full: Client, write: Callable[[Client], object]
) -> None:
    with pytest.raises(StoreFull, match="Redis is full"):
        write(full)


@pytest.mark.integration
def test_a_replica_is_told_also_by_a_script(tmp_path: Path) -> None:
    with (
        redis_with(tmp_path, "--replicaof", "127.0.0.1", "1") as port,
        pytest.raises(ReadOnlyStore),
    ):
        SpeedStore(client_of(port), KEYS).write(0, Change(0, Position(1)))


SCRIPT = "Error running script (call to f_1): @user_script:24: @user_script: 24: "


@pytest.mark.parametrize(
    ("said", "code", "expected"),
    [
        (f"{SCRIPT}-OOM command not allowed when used memory > 'maxmemory'.", "ERR", StoreFull),
        (f"{SCRIPT}-READONLY You can't write against a read only replica.", "ERR", ReadOnlyStore),
        ("MISCONF Errors writing to the AOF file: No space left", None, StoreCannotSave),
        ("NOREPLICAS Not enough good replicas to write.", None, StoreCannotSave),
        ("Link with MASTER is down", "MASTERDOWN", StoreLoading),
        ("Hash slot not served", "CLUSTERDOWN", ClusterStore),
        ("12182 127.0.0.1:6379", "MOVED", ClusterStore),
        ("this user has no permissions to run the 'info' command", "NOPERM", NotPermitted),
        (f"{SCRIPT}The user executing the script can't run this command", "ERR", NotPermitted),
        ("Authentication required.", "NOAUTH", NotAuthenticated),
        ("wrong number of arguments for 'auth' command", "ERR", NotAuthenticated),
        ("unknown command `UNLINK`, with args beginning with: ", "ERR", StoreTooOld),
    ],
)
def test_what_redis_says_is_told_apart(
    said: str, code: str | None, expected: type[StoreError]
) -> None:
    assert type(refusal_of(ResponseError(said, status_code=code))) is expected


def test_a_redis_that_loads_will_do_again() -> None:
    refusal = refusal_of(BusyLoadingError("Redis is loading the dataset", status_code="LOADING"))

    assert isinstance(refusal, PassingRefusal)


@pytest.mark.parametrize(
    "said",
    [
        "Error 111 connecting to oom.example:6379. Connection refused.",
        "Command # 1 (SET mine:1:NOAUTH OOM) of pipeline caused error: value is not an integer",
        "WRONGTYPE Operation against a key holding the wrong kind of value",
    ],
)
def test_other_errors_are_no_refusals(said: str) -> None:
    assert refusal_of(ResponseError(said)) is None

import socket

import pytest

from contracts.redis_keys import Keys
from redis_store.connection import Client, NoAnswer, StoreError, connect, forget, set_all

pytestmark = pytest.mark.integration


def test_forgetting_a_prefix_leaves_all_other_keys(client: Client, keys: Keys) -> None:
    other = keys.prefix.replace(":", "-")
    client.mset({keys.token(): 1, keys.active(): 2, other: 3})

    forget(client, keys.prefix)

    assert client.mget([keys.token(), keys.active(), other]) == [None, None, b"3"]


def test_an_empty_prefix_is_refused(client: Client) -> None:
    with pytest.raises(ValueError, match="would delete everything"):
        forget(client, "")


@pytest.mark.parametrize("value", [b"", b"\r\n", b"$3\r\nabc\r\n", b"\x00\xff" * 40_000])
def test_many_values_are_set_as_they_are(client: Client, keys: Keys, value: bytes) -> None:
    names = [keys.position(n).encode() for n in (1, 22, 333)]
    values = [b"first", value, b"last"]

    set_all(client, names, values)

    assert client.mget(names) == values


def test_nothing_is_set_where_redis_refuses(client: Client, keys: Keys) -> None:
    with pytest.raises(StoreError):
        set_all(client, [], [])

    assert client.ping()


def test_setting_tells_of_a_redis_that_is_away() -> None:
    away = connect("redis://127.0.0.1:1/0", timeout_s=1)

    with pytest.raises(StoreError):
        set_all(away, [b"a"], [b"b"])


def test_a_connection_that_redis_has_closed_is_replaced_unnoticed(client: Client) -> None:
    gone = client.client_id()

    client.client_kill_filter(_id=gone, skipme=False)

    assert client.client_id() != gone


def test_what_took_too_long_is_not_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        client = connect(f"redis://127.0.0.1:{port}/0", timeout_s=0.05)

        with pytest.raises(NoAnswer):
            client.ping()

        silent.accept()[0].close()
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            silent.accept()

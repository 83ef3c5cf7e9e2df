"""What the server listens with."""

import socket
from contextlib import closing

from api.wiring import listen


def test_an_answer_is_sent_at_once() -> None:
    with (
        closing(listen("127.0.0.1", 0)) as listening,
        closing(socket.create_connection(listening.getsockname())),
    ):
        connection, _ = listening.accept()

        with closing(connection):
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

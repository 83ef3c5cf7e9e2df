"""Ports: free ones, out of the way of connections, and remembered."""

import json
import socket
from pathlib import Path

from reelstream.ports import free_port, remembered_ports


def test_ports_are_remembered(tmp_path: Path) -> None:
    assert remembered_ports(tmp_path) == remembered_ports(tmp_path)


def test_a_remembered_port_that_a_stranger_took_is_replaced(tmp_path: Path) -> None:
    before = remembered_ports(tmp_path)
    with socket.create_server(("127.0.0.1", before.kafka)):
        after = remembered_ports(tmp_path)

    assert after.kafka != before.kafka
    assert after.redis == before.redis


def test_no_outgoing_connection_is_given_a_port_that_is_kept_for_a_server() -> None:
    limits = Path("/proc/sys/net/ipv4/ip_local_port_range")
    first, last = map(int, limits.read_text().split()) if limits.exists() else (49_152, 65_535)

    assert not {free_port() for _ in range(100)} & set(range(first, last + 1))


def test_ports_from_before_there_were_metrics_are_kept(tmp_path: Path) -> None:
    old = {"kafka": free_port(), "controller": free_port(), "redis": free_port()}
    (tmp_path / "ports.json").write_text(json.dumps(old))

    ports = remembered_ports(tmp_path)

    assert (ports.kafka, ports.controller, ports.redis) == tuple(old.values())
    assert ports.streaming_metrics
    assert ports.speed_metrics
    assert remembered_ports(tmp_path) == ports

"""Ports: free ones, out of the way of connections, and remembered."""

import json
import socket
from pathlib import Path

import msgspec
import pytest

from reelstream.ports import free_port, remembered_ports


def test_ports_are_remembered(tmp_path: Path) -> None:
    assert remembered_ports(tmp_path) == remembered_ports(tmp_path)


def test_a_remembered_port_that_a_stranger_took_is_replaced(tmp_path: Path) -> None:
    before = remembered_ports(tmp_path)
    with socket.create_server(("127.0.0.1", before.kafka)):
        after = remembered_ports(tmp_path)

    assert after.kafka != before.kafka
    assert after.redis == before.redis


def test_every_port_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelstream.ports.BELOW_EPHEMERAL", range(20_000, 20_006))
    monkeypatch.setattr("random.sample", lambda some, _: list(some))
    monkeypatch.setattr("reelstream.ports.is_free", lambda *_: True)

    chosen = msgspec.structs.astuple(remembered_ports(tmp_path, others=[20_002]))

    assert sorted(chosen) == [20_000, 20_001, 20_003, 20_004, 20_005]


def test_a_remembered_port_that_the_api_is_to_have_now_is_replaced(tmp_path: Path) -> None:
    before = remembered_ports(tmp_path)

    assert remembered_ports(tmp_path, others=[before.redis]).redis != before.redis


def test_no_outgoing_connection_is_given_a_port_that_is_kept_for_a_server() -> None:
    limits = Path("/proc/sys/net/ipv4/ip_local_port_range")
    first, last = map(int, limits.read_text().split()) if limits.exists() else (49_152, 65_535)

    assert not {free_port() for _ in range(100)} & set(range(first, last + 1))


def test_ports_from_before_there_were_metrics_are_kept(tmp_path: Path) -> None:
    old = {"kafka": free_port(), "controller": free_port(), "redis": free_port()}
    (tmp_path / "ports.json").write_text(json.dumps(old))

    kept = remembered_ports(tmp_path)

    assert (kept.kafka, kept.controller, kept.redis) == tuple(old.values())
    assert kept.streaming_metrics
    assert kept.speed_metrics
    assert remembered_ports(tmp_path) == kept

"""Brokers that are down, go away, or refuse: exit 4 in time, and nothing is taken for sent."""

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts import replay_ledger as ledgers
from contracts.settings import child_environment
from harness.builders import movielens
from harness.eventually import eventually
from harness.killable_services import KillableService, own_kafka
from harness.producer.killed_replays import command, judged, records_of, rows_of
from harness.reelstream.command_runner import reelstream

pytestmark = pytest.mark.integration

TIMEOUT_S = 3
BEGINS_WITHIN_S = 60
ROWS = 4_000
T = 978_300_000


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[KillableService]:
    with own_kafka(tmp_path) as one:
        yield one


@pytest.fixture
def release(tmp_path: Path) -> Path:
    text = "".join(f"{n},10,4.0,{T + n}\n" for n in range(1, ROWS + 1))
    return movielens(tmp_path / "release", text)


@pytest.mark.parametrize("library", ["kafka-python", "confluent-kafka"])
def test_a_broker_that_is_killed_in_mid_run_ends_it_in_time_and_a_resumed_one_misses_nothing(
    broker: KillableService, release: Path, tmp_path: Path, library: str
) -> None:
    environment = child_environment(
        {
            "REELSTREAM_KAFKA": broker.address,
            "REELSTREAM_KAFKA_CLIENT": library,
            "REELSTREAM_TOPIC_PREFIX": "",
        }
    )
    subprocess.run(reelstream("topics"), env=environment, check=True)
    ledger = tmp_path / "ledger"
    options = ("--resume", "--ledger", str(ledger), "--timeout", str(TIMEOUT_S))
    words = command(release, *options, "--rate", "1000")
    process = subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True)

    def has_begun() -> bool:
        assert process.poll() is None
        return acknowledged(ledger) > 0

    eventually(has_begun, BEGINS_WITHIN_S, "a row acknowledged")

    broker.kill()
    began = time.monotonic()
    _, said = process.communicate(timeout=120)

    assert (process.returncode, said.count("\n")) == (4, 1), said
    assert f"{ROWS - acknowledged(ledger)} of {ROWS} rows unacknowledged" in said
    assert time.monotonic() - began < TIMEOUT_S + 15
    broker.start()
    assert subprocess.run(command(release, *options), env=environment, check=False).returncode == 0
    found = judged(records_of(broker.address, "ratings"), rows_of(release))
    assert (found.missing, found.foreign, found.late) == (0, 0, 0)


def acknowledged(ledger: Path) -> int:
    """Rows that the ledger says are there."""
    kept = ledgers.read(ledger)
    return kept.next if kept else 0


@pytest.fixture
def door() -> Iterator[int]:
    """A port that takes every caller and hangs up, as one does that wants TLS."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            while True:
                try:
                    server.accept()[0].close()
                except OSError:
                    return

        threading.Thread(target=hang_up, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("library", ["kafka-python", "confluent-kafka"])
def test_a_port_that_hangs_up_is_no_broker(release: Path, door: int, library: str) -> None:
    environment = child_environment(
        {"REELSTREAM_KAFKA": f"127.0.0.1:{door}", "REELSTREAM_KAFKA_CLIENT": library}
    )

    done = subprocess.run(
        command(release), env=environment, capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.returncode, done.stderr.count("\n")) == (4, 1), done.stderr
    assert f"{ROWS} rows unsent" in done.stderr

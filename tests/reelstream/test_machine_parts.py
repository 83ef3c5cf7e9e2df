import json
import re
import socket
from pathlib import Path

import pytest

from contracts.edge import Failure
from reelstream.kafka_server import new_cluster_id
from reelstream.ports import free_port, remembered_ports
from reelstream.progress import Checklist, State, Step
from reelstream.starting import duration_s
from reelstream.summary import Milliseconds, Sample, Summary, behind, freshness


def test_ports_are_remembered(tmp_path: Path) -> None:
    assert remembered_ports(tmp_path) == remembered_ports(tmp_path)


def test_a_remembered_port_that_a_stranger_took_is_replaced(tmp_path: Path) -> None:
    before = remembered_ports(tmp_path)
    with socket.create_server(("127.0.0.1", before.kafka)):
        after = remembered_ports(tmp_path)

    assert after.kafka != before.kafka
    assert after.redis == before.redis


def test_ports_from_before_there_were_metrics_are_kept(tmp_path: Path) -> None:
    old = {"kafka": free_port(), "controller": free_port(), "redis": free_port()}
    (tmp_path / "ports.json").write_text(json.dumps(old))

    ports = remembered_ports(tmp_path)

    assert (ports.kafka, ports.controller, ports.redis) == tuple(old.values())
    assert ports.streaming_metrics
    assert ports.speed_metrics
    assert remembered_ports(tmp_path) == ports


def test_a_cluster_id_never_looks_like_an_option() -> None:
    ids = {new_cluster_id() for _ in range(1000)}

    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{21}", one) for one in ids)
    assert len(ids) == 1000


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("3m", 180), ("1h", 3600)])
def test_durations_are_read(text: str, seconds: int) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-3m", "1.5m", "3 m", "soon", "3d", "9999999s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(Failure, match=re.escape(repr(text))):
        duration_s(text)


def test_the_checklist_is_written_for_the_page(tmp_path: Path) -> None:
    checklist = Checklist(tmp_path / "progress.json", [Step("Kafka"), Step("History")])

    checklist.set("History", State.running, "62k of 90k")

    written = json.loads((tmp_path / "progress.json").read_bytes())
    assert written["steps"][1] == {"name": "History", "state": "running", "detail": "62k of 90k"}


def test_freshness_is_read_from_the_counts_of_all_partitions() -> None:
    said = {"fresh:0:0": "50", "fresh:3:0": "48", "fresh:3:30": "2", "behind:3": "0"}

    assert freshness(said) == Milliseconds(1.0, 17.4)


def test_records_behind_are_those_of_all_partitions() -> None:
    assert behind({"behind:0": "2", "behind:3": "5", "fresh:0:0": "50"}) == 7


def test_nobody_is_behind_who_has_not_spoken() -> None:
    assert behind({}) is None


def test_freshness_of_before_there_were_partitions_in_it_is_ignored() -> None:
    assert freshness({"fresh:30": "2", "behind": "0"}) == Milliseconds(None, None)


@pytest.mark.parametrize(
    ("changes", "conserved"),
    [
        ({}, True),
        ({"acknowledged": 9}, False),
        ({"applied": 8}, False),
        ({"rejected": 1}, False),
        ({"repeated": 2}, False),
        ({"repeated": 2, "applied": 11}, True),
    ],
)
def test_a_summary_knows_whether_events_were_conserved(
    changes: dict[str, int], conserved: bool
) -> None:
    counts = {"sent": 10, "acknowledged": 10, "repeated": 0, "applied": 9, "no_effect": 1}
    summary = Summary(
        **({"rejected": 0} | counts | changes),
        model_version=1,
        versions_published=1,
        sample=Sample(1, []),
        seconds_to_page=1.0,
        seconds_to_first_personal_list=1.0,
        freshness_ms=Milliseconds(1.0, 1.0),
        resident_mb=1,
    )

    assert summary.conserved is conserved


def test_a_notice_stays_before_every_message(tmp_path: Path) -> None:
    checklist = Checklist(tmp_path / "progress.json", [Step("Kafka")], notice="generated ratings")

    messages = []
    for message in ("", "finished"):
        checklist.say(message)
        messages.append(json.loads((tmp_path / "progress.json").read_bytes())["message"])

    assert messages == ["generated ratings", "generated ratings: finished"]

import json
from pathlib import Path

import pytest

from contracts.process_exit import BUSY, DAMAGED, FOREIGN, USAGE, Failure
from contracts.run_record import is_held
from contracts.settings import Settings
from reelstream.state_folder import LAYOUT, empty, held, installation, opened

EMBEDDED = Settings.model_construct()
GIVEN_REDIS = Settings(redis_url="redis://127.0.0.1:6379/0")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "up"


def test_a_second_run_in_the_same_folder_is_refused(folder: Path) -> None:
    with (
        held(folder),
        pytest.raises(Failure, match="the state folder is in use by process") as refused,
        held(folder),
    ):
        pass

    assert refused.value.code == BUSY


def test_a_folder_is_held_only_within_a_run(folder: Path) -> None:
    assert not is_held(folder)
    with held(folder):
        assert is_held(folder)
    assert not is_held(folder)


def test_a_held_folder_can_be_emptied_but_for_its_lock_and_ports(folder: Path) -> None:
    with held(folder):
        (folder / "kafka").mkdir()
        (folder / "catalogue.json").touch()
        (folder / "ports.json").touch()

        empty(folder)

        assert {path.name for path in folder.iterdir()} == {"reelstream.lock", "ports.json"}


def test_a_folder_that_no_run_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()

    with pytest.raises(Failure, match="holds files that Reelstream did not create") as refused:
        held(tmp_path).__enter__()

    assert refused.value.code == USAGE


def test_a_new_folder_is_of_this_layout(folder: Path) -> None:
    with held(folder):
        assert opened(folder, EMBEDDED).layout == LAYOUT


def test_keys_in_a_given_redis_have_a_name_of_their_own_that_stays(folder: Path) -> None:
    with held(folder):
        first, second = opened(folder, GIVEN_REDIS), opened(folder, GIVEN_REDIS)

    assert first == second
    assert first.key_prefix.startswith(GIVEN_REDIS.key_prefix)
    assert first.key_prefix != GIVEN_REDIS.key_prefix


def test_a_folder_of_another_layout_is_refused(folder: Path) -> None:
    folder.mkdir()
    marker = {"layout": LAYOUT + 1, "made_by": "9.9", "key_prefix": ""}
    (folder / "installation.json").write_text(json.dumps(marker))

    with pytest.raises(Failure, match=r"layout 2 of Reelstream 9\.9") as refused:
        opened(folder, EMBEDDED)

    assert refused.value.code == FOREIGN


def test_a_damaged_marker_is_refused(folder: Path) -> None:
    folder.mkdir()
    (folder / "installation.json").write_text('{"layout": ')

    with pytest.raises(Failure, match=r"installation\.json cannot be read") as refused:
        installation(folder)

    assert refused.value.code == DAMAGED


def an_event_log(folder: Path, cluster: str) -> None:
    (folder / "event-log").mkdir(parents=True)
    (folder / "event-log" / "log.json").write_text(json.dumps({"cluster_id": cluster}))


def a_broker(folder: Path, cluster: str) -> None:
    (folder / "kafka" / "data").mkdir(parents=True)
    properties = f"#\nversion=1\ncluster.id={cluster}\nnode.id=1\n"
    (folder / "kafka" / "data" / "meta.properties").write_text(properties)


def test_an_event_log_beside_the_broker_that_wrote_it_is_opened(folder: Path) -> None:
    an_event_log(folder, "ours")
    a_broker(folder, "ours")

    assert opened(folder, EMBEDDED)


@pytest.mark.parametrize("cluster", ["theirs", None])
def test_an_event_log_beside_another_broker_is_refused(folder: Path, cluster: str | None) -> None:
    an_event_log(folder, "ours")
    if cluster:
        a_broker(folder, cluster)

    with pytest.raises(Failure, match=r"to cluster ours, Kafka's data to (theirs|none)") as refused:
        opened(folder, EMBEDDED)

    assert refused.value.code == FOREIGN


def test_with_a_given_kafka_the_streams_own_guard_decides(folder: Path) -> None:
    an_event_log(folder, "ours")

    assert opened(folder, Settings(kafka="127.0.0.1:9092"))

"""A rollback is a new activation of an old version, written again if need be, and recorded."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from batch.publishing import LOCK, ActiveHeld, NothingToGoBackTo, Publisher
from batch.version_commands import NothingHeld, release, roll_back
from contracts import artefact
from contracts.artefact import BrokenArtefact, UnknownVersion
from contracts.file_locks import in_turn
from contracts.process_exit import DAMAGED, USAGE
from contracts.retrain_log_entries import Decision, Entry, Hold, Outcome, Retrains, fold
from event_log import Storage
from harness.builders import AT_MS, model
from kafka_clients.retrain_log import RetrainLog
from reelstream.error_translation import as_failure
from tests.batch.pipeline_rig import END, Trainer

pytestmark = pytest.mark.integration

WAITS_S = 0.3


class Appended(RetrainLog):
    """The retrain topic without a broker."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def append(self, entry: Entry) -> None:
        self.entries.append(entry)

    def state(self) -> Retrains:
        return fold(Retrains(), self.entries)


def test_without_a_version_the_previous_one_is_activated_anew(batch: Trainer) -> None:
    batch.publish(1, 2)

    batch.publisher.roll_back(None, batch.event_log)

    active = batch.active()
    assert (active.activation, active.version, active.previous) == (3, 1, 2)
    assert active.snapshot == END


def test_a_second_rollback_goes_forward_again(batch: Trainer) -> None:
    batch.publish(1, 2)

    for _ in range(2):
        batch.publisher.roll_back(None, batch.event_log)

    assert (batch.active().activation, batch.active().version) == (4, 2)


def test_a_version_that_is_there_is_not_written_again(batch: Trainer, tmp_path: Path) -> None:
    batch.publish(1, 2)

    batch.publisher.roll_back(1, Storage.of(str(tmp_path / "no log to make lists of")))

    assert batch.active().version == 1


def test_a_version_whose_keys_are_gone_is_written_again_as_it_was(batch: Trainer) -> None:
    batch.publish(1)
    before = batch.published(1)
    batch.publish(2, 3)
    batch.publisher.prune()
    assert not batch.published(1)

    batch.publisher.roll_back(1, batch.event_log)

    assert batch.published(1) == before
    assert (batch.active().version, batch.active().previous) == (1, 3)


def test_a_version_that_lost_a_key_is_written_again(batch: Trainer) -> None:
    batch.publish(1, 2)
    batch.client.delete(batch.keys.popular(1))

    batch.publisher.roll_back(1, batch.event_log)

    assert batch.versions.holds(1)


def test_an_emptied_store_goes_back_to_a_version_that_is_named(batch: Trainer) -> None:
    batch.publish(1, 2)
    batch.empty()

    batch.publisher.roll_back(1, batch.event_log)

    assert (batch.active().version, batch.versions.holds(1)) == (1, True)


def test_the_next_version_goes_live_after_a_rollback(batch: Trainer) -> None:
    batch.publish(1, 2)
    batch.publisher.roll_back(None, batch.event_log)

    batch.publish(batch.versions.next_token(artefact.newest_version(batch.artefacts)))

    assert (batch.active().version, batch.active().previous) == (4, 1)


def test_a_rollback_waits_for_whoever_publishes(batch: Trainer) -> None:
    batch.publish(1, 2)
    back = threading.Thread(target=batch.publisher.roll_back, args=(None, batch.event_log))

    with in_turn(batch.artefacts / LOCK):
        back.start()
        back.join(WAITS_S)
        assert back.is_alive()
        assert batch.active().version == 2
    back.join()

    assert batch.active().version == 1


def test_pruning_waits_for_whoever_rolls_back(batch: Trainer) -> None:
    batch.publish(1, 2, 3)
    prune = threading.Thread(target=batch.publisher.prune)

    with in_turn(batch.artefacts / LOCK):
        prune.start()
        prune.join(WAITS_S)
        assert batch.versions.holds(1)
    prune.join()

    assert not batch.versions.holds(1)


def halved(batch: Trainer) -> None:
    (artefact.folder(batch.artefacts, 1) / "factors.npy").unlink()


def without_manifest(batch: Trainer) -> None:
    (artefact.folder(batch.artefacts, 1) / "manifest.json").unlink()


def of_another_version(batch: Trainer) -> None:
    there, other = (artefact.folder(batch.artefacts, n) / "manifest.json" for n in (1, 2))
    there.write_bytes(other.read_bytes())


def nothing_done(batch: Trainer) -> None:
    pass


@pytest.mark.parametrize(
    ("to", "harm", "error", "line", "code"),
    [
        (9, nothing_done, UnknownVersion, "there is no version 9, only 1, 2 (--to)", USAGE),
        (1, without_manifest, UnknownVersion, "there is no version 1, only 2 (--to)", USAGE),
        (2, nothing_done, NothingToGoBackTo, "version 2 is already active", USAGE),
        (1, halved, BrokenArtefact, "v000001", DAMAGED),
        (1, of_another_version, BrokenArtefact, "its manifest is for version 2", DAMAGED),
    ],
)
def test_what_cannot_be_gone_back_to_is_told_and_changes_nothing(
    batch: Trainer,
    to: int,
    harm: Callable[[Trainer], None],
    error: type[Exception],
    line: str,
    code: int,
) -> None:
    batch.publish(1, 2)
    harm(batch)
    before, log = batch.everything(), Appended()

    with pytest.raises(error) as raised:
        roll_back(batch.publisher, log, to, batch.event_log, hold=True)

    failure = as_failure(raised.value)
    assert failure
    assert (line in failure.line, failure.code) == (True, code)
    assert batch.everything() == before
    assert log.entries == []


@pytest.mark.parametrize("versions", [[], [1]])
def test_without_a_previous_version_there_is_nothing_to_go_back_to(
    batch: Trainer, versions: list[int]
) -> None:
    batch.publish(*versions)

    with pytest.raises(NothingToGoBackTo, match="no version was active before"):
        batch.publisher.roll_back(None, batch.event_log)


def holding(batch: Trainer) -> tuple[Publisher, Appended]:
    """The publisher, and the topic that tells it of holds."""
    log = Appended()
    return replace(batch.publisher, held=lambda: log.state().held), log


@pytest.mark.parametrize("hold", [True, False])
def test_a_rollback_is_recorded_and_holds_if_asked_to(batch: Trainer, hold: bool) -> None:
    batch.publish(1, 2)
    publisher, log = holding(batch)

    done = roll_back(publisher, log, None, batch.event_log, hold=hold)

    assert log.state().decisions == (done,)
    assert (done.outcome, done.version, done.snapshot) == (Outcome.rolled_back, 1, END)
    assert done.reason == "by hand, from version 2"
    assert log.state().published == batch.active().version
    assert log.state().held == (Hold(1, AT_MS + 5) if hold else None)
    assert batch.active().held is hold


def test_while_a_version_is_held_nothing_else_is_written_or_activated(batch: Trainer) -> None:
    batch.publish(1, 2)
    publisher, log = holding(batch)
    roll_back(publisher, log, None, batch.event_log, hold=True)
    before, made = batch.everything(), publisher.make(3, model(), batch.snapshot(), AT_MS)

    with pytest.raises(ActiveHeld, match="version 1 is held"):
        publisher.publish(batch.manifest(3), model(), made)

    assert batch.everything() == before
    assert not batch.published(3)


def test_a_publication_that_has_begun_is_rolled_back_and_the_next_is_held(batch: Trainer) -> None:
    batch.publish(1, 2)
    publisher, log = holding(batch)
    with in_turn(batch.artefacts / LOCK):
        arguments = (publisher, log, 1, batch.event_log)
        back = threading.Thread(target=roll_back, args=arguments, kwargs={"hold": True})
        back.start()
        back.join(WAITS_S)
        assert log.entries == []  # whoever publishes now may still do so
    back.join()

    assert [type(one) for one in log.entries] == [Hold, Decision]
    assert (batch.active().version, batch.active().held) == (1, True)


def test_a_rollback_without_a_hold_ends_an_earlier_one(batch: Trainer) -> None:
    batch.publish(1, 2)
    publisher, log = holding(batch)
    roll_back(publisher, log, None, batch.event_log, hold=True)

    roll_back(publisher, log, None, batch.event_log, hold=False)

    assert log.state().held is None
    assert (batch.active().version, batch.active().held) == (2, False)


def test_after_the_release_the_next_version_goes_live(batch: Trainer) -> None:
    batch.publish(1, 2)
    publisher, log = holding(batch)
    roll_back(publisher, log, None, batch.event_log, hold=True)

    assert release(publisher, log) == 1

    assert (batch.active().version, batch.active().held) == (1, False)
    made = publisher.make(4, model(), batch.snapshot(), AT_MS)
    publisher.publish(batch.manifest(4), model(), made)
    assert batch.active().version == 4


def test_where_nothing_is_held_there_is_nothing_to_release(batch: Trainer) -> None:
    batch.publish(1)
    publisher, log = holding(batch)

    with pytest.raises(NothingHeld) as raised:
        release(publisher, log)

    failure = as_failure(raised.value)
    assert failure
    assert (failure.code, log.entries) == (USAGE, [])


def test_a_hold_outlives_an_emptied_store(batch: Trainer) -> None:
    batch.publish(1, 2)
    publisher, log = holding(batch)
    roll_back(publisher, log, None, batch.event_log, hold=True)
    batch.empty()

    publisher.republish(log.state().published, batch.event_log)

    assert (batch.active().version, batch.active().held) == (1, True)


def test_what_is_written_again_under_a_pointer_says_whether_it_is_held(batch: Trainer) -> None:
    batch.publish(1, 2)
    publisher, log = holding(batch)
    log.append(Hold(2, AT_MS))

    publisher.republish(2, batch.event_log)

    assert batch.active().held

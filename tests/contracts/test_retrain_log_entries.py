from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.retrain_log_entries import (
    Decision,
    Entry,
    Hold,
    Outcome,
    Release,
    Request,
    Retrains,
    Trigger,
    decode,
    encode,
    fold,
    request,
)

SNAPSHOTS = st.dictionaries(st.integers(0, 3), st.integers(0, 1000), max_size=4)
OUTCOMES = st.none() | st.sampled_from(Outcome)
SAID = st.lists(st.tuples(SNAPSHOTS, OUTCOMES, st.sampled_from(Trigger)))
"""Requests, and decisions on some of them."""


HOLD, RELEASE = Hold(3, 9000), Release(9500)


def asked(end: int, reason: Trigger = Trigger.volume) -> Request:
    return request(reason, {0: end}, now_ms=1000 + end)


def decided(one: Request, outcome: Outcome = Outcome.promoted) -> Decision:
    return Decision(one.request_id, one.snapshot, outcome, 1, "because", one.requested_at_ms + 1)


def rolled_back(version: int, end: int = 5) -> Decision:
    return Decision("rollback-9", {0: end}, Outcome.rolled_back, version, "by hand", 9000)


def folded(*entries: Entry) -> Retrains:
    return fold(Retrains(), entries)


def test_nothing_is_open_in_the_beginning() -> None:
    assert folded() == Retrains(None, {}, ())


def test_a_request_is_open_until_it_is_decided() -> None:
    one = asked(5)

    assert folded(one).open == one
    assert folded(one, decided(one)).open is None


def test_requests_coalesce_into_the_newest() -> None:
    assert folded(asked(5), asked(7)).open == asked(7)


def test_the_decided_snapshot_is_the_last_decisions() -> None:
    state = folded(asked(5), decided(asked(5)), asked(9), decided(asked(9)))

    assert state.decided == {0: 9}
    assert state.last == decided(asked(9))


@pytest.mark.parametrize("end", [4, 5])
def test_a_request_that_is_no_newer_than_the_decided_is_dropped(end: int) -> None:
    assert folded(asked(5), decided(asked(5)), asked(end, Trigger.time)).open is None


def test_a_request_by_hand_is_open_for_an_old_snapshot_too() -> None:
    by_hand = asked(5, Trigger.hand)

    assert folded(asked(5), decided(asked(5)), by_hand).open == by_hand


def test_a_decision_closes_its_request() -> None:
    by_hand = asked(5, Trigger.hand)

    assert folded(by_hand, decided(by_hand)).open is None


def test_the_version_that_was_published_last_is_that_of_the_newest_decision_with_one() -> None:
    versions = [None, 3, 4, None]
    decisions = [
        Decision(str(n), {0: n}, Outcome.refreshed, version, "", n)
        for n, version in enumerate(versions)
    ]

    assert folded(*decisions).published == 4
    assert folded(decisions[0]).published is None


def test_asking_again_by_hand_is_a_new_request() -> None:
    by_hand = asked(5, Trigger.hand)

    assert folded(by_hand, decided(by_hand), by_hand).open == by_hand


def test_a_newer_request_outlives_the_decision_on_an_older() -> None:
    assert folded(asked(5), asked(7), decided(asked(5))).open == asked(7)


def test_a_decision_closes_an_open_request_that_it_covers() -> None:
    assert folded(asked(7), asked(5, Trigger.time), decided(asked(7))).open is None


def test_a_decision_leaves_an_open_request_by_hand() -> None:
    by_hand = asked(5, Trigger.hand)

    assert folded(asked(7), by_hand, decided(asked(7))).open == by_hand


@given(SAID, st.integers(0))
def test_folding_in_parts_is_folding_at_once(
    said: list[tuple[dict[int, int], Outcome | None, Trigger]], cut: int
) -> None:
    requests = [(request(reason, snapshot, 1), what) for snapshot, what, reason in said]
    entries: list[Entry] = [one if what is None else decided(one, what) for one, what in requests]
    at = cut % (len(entries) + 1)

    assert fold(folded(*entries[:at]), entries[at:]) == folded(*entries)


def test_the_id_is_of_reason_and_snapshot_alone() -> None:
    one = request(Trigger.volume, {0: 1, 1: 2}, 5)

    assert one.request_id == request(Trigger.volume, {1: 2, 0: 1}, 6).request_id
    assert one.request_id != request(Trigger.time, {0: 1, 1: 2}, 5).request_id
    assert one.request_id != request(Trigger.volume, {0: 1, 1: 3}, 5).request_id


@pytest.mark.parametrize("entry", [asked(5), decided(asked(5)), rolled_back(7), HOLD, RELEASE])
def test_an_encoded_entry_is_decoded(entry: Entry) -> None:
    assert decode(encode(entry)) == entry


@pytest.mark.parametrize("value", [b"", b"{}", b'{"type":"other"}', b"[1]"])
def test_a_value_that_is_no_entry_is_refused(value: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(value)


def test_a_rollback_answers_no_request() -> None:
    assert folded(asked(9), rolled_back(1, end=9)).open == asked(9)
    by_hand = asked(5, Trigger.hand)
    assert folded(by_hand, rolled_back(1, end=5)).open == by_hand


def test_a_rollback_leaves_what_triggers_count_from() -> None:
    before = folded(asked(5), decided(asked(5)), asked(9), decided(asked(9)))

    after = fold(before, [rolled_back(1, end=5)])

    assert (after.decided, after.last) == (before.decided, before.last) == ({0: 9}, before.last)
    assert fold(after, [asked(8)]).open is None


def test_a_rollbacks_version_is_the_published_one() -> None:
    assert folded(decided(asked(5)), rolled_back(7)).published == 7
    assert folded(rolled_back(7), decided(asked(5))).published == 1


def test_a_rollback_is_among_the_decisions() -> None:
    assert folded(decided(asked(5)), rolled_back(7)).decisions == (
        decided(asked(5)),
        rolled_back(7),
    )


def test_before_any_answer_a_rollback_is_no_last_decision() -> None:
    assert folded(rolled_back(7)).last is None


def entry(snapshot: dict[int, int], outcome: Outcome | None, reason: Trigger) -> Entry:
    """A request, or a decision on it."""
    one = request(reason, snapshot, 1)
    return one if outcome is None else decided(one, outcome)


OTHERS = st.builds(entry, SNAPSHOTS, OUTCOMES, st.sampled_from(Trigger))
HOLDS = st.builds(Hold, st.integers(1, 9), st.integers(0, 10**6)) | st.builds(
    Release, st.integers(0, 10**6)
)


@given(st.lists(OTHERS | HOLDS))
def test_the_last_hold_stands_until_a_release_and_changes_nothing_else(
    entries: list[Entry],
) -> None:
    holds = [one for one in entries if isinstance(one, Hold | Release)]
    others = [one for one in entries if not isinstance(one, Hold | Release)]

    state = folded(*entries)

    last = holds[-1] if holds else None
    assert state.held == (last if isinstance(last, Hold) else None)
    assert replace(state, held=None) == folded(*others)


def test_a_retrain_that_is_held_answers_its_request_and_publishes_nothing() -> None:
    one = asked(9)
    answer = Decision(one.request_id, one.snapshot, Outcome.held, None, "", 9)

    state = folded(decided(asked(5)), HOLD, one, answer)

    assert (state.open, state.decided, state.last, state.published) == (None, {0: 9}, answer, 1)

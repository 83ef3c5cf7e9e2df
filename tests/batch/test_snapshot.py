import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.snapshot import take
from contracts.events import Event
from contracts.histories import DISMISSED, RETRACTED, Entry, History
from event_log import BrokenLog, Storage, land
from harness.builders import AT_MS, dismissed, log_rows, rated, retracted
from recommender.history_merge import MergeEvent, merge

STATES = {"rated": 0, "retracted": RETRACTED, "dismissed": DISMISSED}


def histories(root: Storage, offsets: dict[int, int]) -> dict[int, History]:
    return dict(take(root, offsets).histories())


def landed(root: Storage, *events: Event | str, partition: int = 0) -> Storage:
    land(root, partition, [log_rows(*events)])
    return root


def test_the_latest_word_of_every_user_on_every_movie_stands(log: Storage) -> None:
    landed(
        log, rated(7, 10, 8), rated(8, 10, 4), rated(7, 10, 2, AT_MS + 1), rated(7, 20, 6)
    )  # fmt: skip

    snapshot = take(log, {0: 4})

    assert snapshot.user_id.tolist() == [7, 7, 8]
    assert snapshot.movie_id.tolist() == [10, 20, 10]
    assert snapshot.state.tolist() == [2, 6, 4]


def test_retracted_and_dismissed_movies_are_not_rated(log: Storage) -> None:
    landed(log, rated(7, 10), retracted(7, 20), dismissed(7, 30))

    snapshot = take(log, {0: 3})

    assert snapshot.state.tolist() == [8, RETRACTED, DISMISSED]
    assert snapshot.rated.movie_id.tolist() == [10]


def test_rejected_records_are_left_out(log: Storage) -> None:
    landed(log, "json", rated(), "key")

    assert len(take(log, {0: 3}).user_id) == 1


def test_events_at_and_past_the_snapshot_are_not_seen(log: Storage) -> None:
    landed(log, rated(half_stars=8), rated(half_stars=2))

    assert take(log, {0: 1}).state.tolist() == [8]


def test_partitions_are_taken_together(log: Storage) -> None:
    landed(log, rated(7), partition=0)
    landed(log, rated(8), rated(8, 20), partition=3)

    assert histories(log, {0: 1, 3: 1}).keys() == {7, 8}
    assert histories(log, {0: 1, 3: 2})[8].entries.keys() == {10, 20}


def test_a_history_knows_its_last_event_even_if_it_had_no_effect(log: Storage) -> None:
    landed(log, rated(7), rated(8), rated(7))

    history = histories(log, {0: 3})[7]

    assert (history.next_offset, history.newest_ms) == (3, AT_MS + 2)


@pytest.mark.parametrize("events", [(), ("json", "json")])
def test_an_empty_snapshot_has_no_histories(log: Storage, events: tuple[str, ...]) -> None:
    landed(log, *events)

    assert histories(log, {0: len(events)}) == {}


def test_a_snapshot_past_the_log_is_refused(log: Storage) -> None:
    landed(log, rated())

    with pytest.raises(BrokenLog):
        take(log, {0: 2})


EVENTS = st.lists(
    st.builds(rated, st.integers(1, 2), st.integers(1, 3), st.integers(1, 10), st.integers(1, 3))
    | st.builds(retracted, st.integers(1, 2), st.integers(1, 3), st.integers(1, 3))
    | st.builds(dismissed, st.integers(1, 2), st.integers(1, 3), st.integers(1, 3)),
    max_size=12,
)


@given(events=EVENTS)
def test_a_snapshots_histories_are_what_the_speed_layer_would_have(
    tmp_path_factory: pytest.TempPathFactory, events: list[Event]
) -> None:
    root = landed(Storage.of(str(tmp_path_factory.mktemp("log"))), *events)

    found = histories(root, {0: len(events)})

    for user in {event.user_id for event in events}:
        said = [
            MergeEvent(
                n, AT_MS + n, e.movie_id, (e.half_stars or 0) + STATES[e.kind.name], e.rated_at_ms
            )
            for n, e in enumerate(events)
            if e.user_id == user
        ]
        assert found[user] == merge(History(), said).history


def test_entries_are_plain_numbers(log: Storage) -> None:
    (history,) = histories(landed(log, rated()), {0: 1}).values()

    assert history.entries == {10: Entry(8, AT_MS)}
    assert not isinstance(history.entries[10].state, np.generic)

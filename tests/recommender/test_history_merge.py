import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from contracts.histories import DISMISSED, RETRACTED, Entry, History, is_rated
from recommender.history_merge import MergeEvent, latest, merge, total_delta

STATES = st.integers(RETRACTED, 10) | st.just(DISMISSED)


@st.composite
def said(draw: st.DrawFn) -> list[MergeEvent]:
    """One user's events: ascending offsets, few movies and times, so that they collide."""
    words = st.tuples(st.integers(1, 3), STATES, st.integers(0, 4))
    offsets = sorted(draw(st.sets(st.integers(0, 60), max_size=12)))
    return [MergeEvent(offset, 1000 + offset, *draw(words)) for offset in offsets]


def counts_of(history: History) -> dict[int, list[int]]:
    """Movie totals of one user's history, counted from scratch."""
    totals: dict[int, list[int]] = {}
    for movie, half_stars in history.ratings.items():
        totals.setdefault(movie, [0] * 10)[half_stars - 1] += 1
    return totals


@given(said(), st.lists(st.integers(0, 12)))
def test_however_a_stretch_is_cut_the_history_is_the_same(
    events: list[MergeEvent], cuts: list[int]
) -> None:
    edges = sorted({0, len(events), *(cut % (len(events) + 1) for cut in cuts)})
    history, changes, no_effect = History(), [], 0
    for start, end in itertools.pairwise(edges):
        part = merge(history, events[start:end])
        history = part.history
        changes += part.changes
        no_effect += part.no_effect

    whole = merge(History(), events)

    assert (history, changes, no_effect) == (whole.history, whole.changes, whole.no_effect)


@given(said(), st.integers(0, 12))
def test_applying_a_stretch_again_changes_nothing(events: list[MergeEvent], back: int) -> None:
    once = merge(History(), events)

    again = merge(once.history, events[-back:])

    assert (again.history, again.changes, again.no_effect) == (once.history, [], 0)


@given(said())
def test_every_event_is_applied_or_without_effect(events: list[MergeEvent]) -> None:
    merged = merge(History(), events)

    assert len(merged.changes) + merged.no_effect == len(events)


@given(st.lists(said(), max_size=3))
def test_the_arrays_latest_rows_are_the_fold_of_merge(users: list[list[MergeEvent]]) -> None:
    rows = [(user, one) for user, events in enumerate(users) for one in events]
    columns = (
        np.array([user for user, _ in rows], np.int32),
        np.array([one.movie_id for _, one in rows], np.int32),
        np.array([one.rated_at_ms for _, one in rows], np.int64),
        np.array([one.offset for _, one in rows], np.int64),
    )

    stands = [rows[at] for at in latest(*columns)]

    for user, events in enumerate(users):
        entries = {o.movie_id: Entry(o.state, o.rated_at_ms) for u, o in stands if u == user}
        assert entries == merge(History(), events).history.entries


@given(said(), said())
def test_total_deltas_are_what_a_recount_differs_by(
    before: list[MergeEvent], more: list[MergeEvent]
) -> None:
    start = merge(History(), before).history
    shifted = [one._replace(offset=one.offset + 100) for one in more]
    merged = merge(start, shifted)
    old, new = counts_of(start), counts_of(merged.history)

    for movie, delta in total_delta(merged.changes).items():
        have, want = old.pop(movie, [0] * 10), new.pop(movie, [0] * 10)
        assert [a + b for a, b in zip(have, delta, strict=True)] == want
    assert old == new


def test_a_later_word_wins_over_an_earlier() -> None:
    merged = merge(History(), [MergeEvent(0, 1, 10, 8, 5), MergeEvent(1, 1, 10, 8, 6)])

    assert merged.history.entries == {10: Entry(8, 6)}


def test_an_event_older_than_the_entry_has_no_effect() -> None:
    merged = merge(History(), [MergeEvent(0, 1, 10, 8, 6), MergeEvent(1, 2, 10, 2, 5)])

    assert (merged.history.entries, merged.no_effect) == ({10: Entry(8, 6)}, 1)


def test_of_two_words_at_the_same_time_the_later_offset_wins() -> None:
    merged = merge(History(), [MergeEvent(0, 1, 10, 8, 5), MergeEvent(1, 2, 10, 2, 5)])

    assert (merged.history.entries, merged.no_effect) == ({10: Entry(2, 5)}, 0)


def test_the_same_event_again_has_no_effect_but_moves_the_offset() -> None:
    merged = merge(History(), [MergeEvent(0, 1, 10, 8, 5), MergeEvent(3, 2, 10, 8, 5)])

    assert (merged.no_effect, merged.history.next_offset, merged.history.newest_ms) == (1, 4, 2)


def test_records_below_the_next_offset_are_skipped() -> None:
    merged = merge(History(next_offset=5), [MergeEvent(4, 1, 10, 8, 5)])

    assert merged.history == History(next_offset=5)


def test_taking_everything_back_leaves_an_empty_history_not_a_missing_one() -> None:
    history = merge(
        History(), [MergeEvent(0, 1, 10, 8, 5), MergeEvent(1, 2, 10, RETRACTED, 6)]
    ).history

    assert (history.ratings, history.masked, history.next_offset) == ({}, frozenset(), 2)


def test_the_given_history_is_left_as_it_was() -> None:
    history = History()

    merge(history, [MergeEvent(0, 1, 10, 8, 5)])

    assert history.entries == {}


def test_only_half_stars_are_ratings() -> None:
    assert [s for s in (RETRACTED, 1, 10, DISMISSED) if is_rated(s)] == [1, 10]

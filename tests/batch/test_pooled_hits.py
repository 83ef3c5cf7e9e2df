"""Hits of several retrains, kept for one pair of hyper-parameters."""

from pathlib import Path

import numpy as np
import pytest

from batch.pooled_hits import FILE, keep, pooled, reset
from batch.promotion_gate import CHALLENGER, CHAMPION, POPULAR, Hits
from contracts.hyper_parameters import Parameters

LIVE, TRIED, OTHER = Parameters(rank=4), Parameters(rank=5), Parameters(rank=6)
SNAPSHOT = {0: 10, 1: 20}


def some(users: list[int], likes: float) -> Hits:
    each = np.full(len(users), likes)
    by = {CHALLENGER: each - 1, CHAMPION: each - 2, POPULAR: each - 3}
    return Hits(each, by, np.array(users, np.int32))


def test_nothing_is_kept_at_first(tmp_path: Path) -> None:
    found = pooled(tmp_path, LIVE, TRIED, SNAPSHOT)

    assert found.judged == SNAPSHOT
    assert not found.hits.cases.sum()
    assert not found.hits.enough


def test_hits_of_a_person_add_up(tmp_path: Path) -> None:
    first = pooled(tmp_path, LIVE, TRIED, SNAPSHOT).with_hits(some([7, 3], 5), {0: 15, 1: 25})
    keep(tmp_path, first)

    again = pooled(tmp_path, LIVE, TRIED, SNAPSHOT).with_hits(some([9, 7], 10), {0: 18, 1: 25})

    assert again.judged == {0: 18, 1: 25}
    assert again.hits.users.tolist() == [7, 3, 9]
    assert again.hits.cases.tolist() == [15, 5, 10]
    assert again.hits.by[CHALLENGER].tolist() == [13, 4, 9]
    assert again.hits.by[POPULAR].tolist() == [9, 2, 7]


def test_other_hyper_parameters_begin_anew(tmp_path: Path) -> None:
    keep(tmp_path, pooled(tmp_path, LIVE, TRIED, SNAPSHOT).with_hits(some([7], 5), {0: 15}))

    assert pooled(tmp_path, LIVE, OTHER, SNAPSHOT).people == {}
    assert pooled(tmp_path, OTHER, TRIED, SNAPSHOT).people == {}
    assert pooled(tmp_path, LIVE, TRIED, SNAPSHOT).people


def test_what_the_live_version_has_learned_meanwhile_is_not_judged(tmp_path: Path) -> None:
    keep(tmp_path, pooled(tmp_path, LIVE, TRIED, SNAPSHOT).with_hits(some([7], 5), {0: 15, 1: 40}))

    assert pooled(tmp_path, LIVE, TRIED, {0: 30, 1: 30}).judged == {0: 30, 1: 40}


def test_after_a_promotion_nothing_is_kept(tmp_path: Path) -> None:
    keep(tmp_path, pooled(tmp_path, LIVE, TRIED, SNAPSHOT).with_hits(some([7], 5), {0: 15}))

    reset(tmp_path)
    reset(tmp_path)

    assert pooled(tmp_path, LIVE, TRIED, SNAPSHOT).people == {}


def test_the_same_hyper_parameters_are_not_pooled(tmp_path: Path) -> None:
    keep(tmp_path, pooled(tmp_path, LIVE, LIVE, SNAPSHOT).with_hits(some([7], 5), {0: 15}))

    assert pooled(tmp_path, LIVE, LIVE, SNAPSHOT).people == {}


@pytest.mark.parametrize("damage", [b"{", b"\xff", b"", b"[]"])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / FILE).write_bytes(damage)

    assert pooled(tmp_path, LIVE, TRIED, SNAPSHOT).people == {}


@pytest.mark.parametrize(
    ("good", "bad"),
    [('"challenger":4', '"stranger":4'), ('"7":', '"99999999999":'), ('"likes":5', '"likes":-5')],
)
def test_what_no_retrain_has_counted_is_as_good_as_none(
    tmp_path: Path, good: str, bad: str
) -> None:
    keep(tmp_path, pooled(tmp_path, LIVE, TRIED, SNAPSHOT).with_hits(some([7], 5), {0: 15}))
    text = (tmp_path / FILE).read_text()
    assert good in text
    (tmp_path / FILE).write_text(text.replace(good, bad))

    assert pooled(tmp_path, LIVE, TRIED, SNAPSHOT).people == {}

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.histories import DISMISSED
from contracts.hyper_parameters import Parameters
from harness.builders import history, model
from recommender import bulk_top_n
from recommender.bulk_lists import HistoryBatch, ranked_lists
from recommender.bulk_top_n import top_lists
from recommender.fold_in import Folder
from recommender.top_n import top

LIKE, HATE = 10, 2


def lists(
    scores: np.ndarray, masked: list[list[int]], limit: int
) -> tuple[list[list[int]], np.ndarray]:
    """Lists by scores that are told outright: every movie is a direction of its own."""
    movies = scores.shape[1]
    blocks = list(
        top_lists(
            scores.astype(np.float32),
            np.eye(movies, dtype=np.float32),
            np.cumsum([0, *map(len, masked)]),
            np.array([movie for some in masked for movie in some], np.int32),
            limit,
        )
    )
    found = np.vstack([movies for movies, _ in blocks])
    return found.tolist(), np.vstack([values for _, values in blocks])


@settings(deadline=None)
@given(st.data())
def test_lists_are_what_sorting_everything_gives(data: st.DataObject) -> None:
    users = data.draw(st.integers(1, 4))
    movies = data.draw(st.integers(1, 150))
    limit = data.draw(st.integers(1, 20))
    few = st.integers(-3, 3)  # so that there are ties
    scores = np.array(
        data.draw(
            st.lists(
                st.lists(few, min_size=movies, max_size=movies), min_size=users, max_size=users
            )
        )
    )
    masked = [
        sorted(data.draw(st.sets(st.integers(0, movies - 1), max_size=movies)))
        for _ in range(users)
    ]

    found, _ = lists(scores, masked, limit)

    for row, hidden, made in zip(scores, masked, found, strict=True):
        wanted = top(row.astype(np.float32), np.array(hidden, np.intp), limit).tolist()
        assert made == wanted + [-1] * (limit - len(wanted))


def test_blocks_come_in_the_users_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_top_n, "BLOCK_SCORES", 20)
    scores = np.random.default_rng(1).random((7, 10))

    found, values = lists(scores, [[]] * 7, 3)

    assert found == np.argsort(-scores, axis=1)[:, :3].tolist()
    assert values == pytest.approx(-np.sort(-scores, axis=1)[:, :3])


def test_many_lists_at_once_are_those_that_one_at_a_time_gives() -> None:
    random = np.random.default_rng(2)
    folder = Folder(model(movies=300, rank=8))
    people = [
        history({int(m): int(s) for m, s in zip(some, stars, strict=True)})
        for some, stars in (
            (random.choice(3000, 40, replace=False) + 1, random.choice([2, 6, 10, 255], 40))
            for _ in range(30)
        )
    ]
    people[3] = history({10: HATE, 20: DISMISSED})

    made = list(ranked_lists(folder, HistoryBatch.of(people), 25))

    for one, person in zip(made, people, strict=True):
        alone = folder.ranked(person, 25)
        assert one.movies.tolist() == alone.movies.tolist()
        assert one.scores == pytest.approx(alone.scores, abs=1e-5)
        assert one.stars_x10.tolist() == alone.stars_x10.tolist()


def test_nobody_gets_a_list_where_nobody_likes_anything() -> None:
    made = list(
        ranked_lists(Folder(model()), HistoryBatch.of([history({10: HATE}), history({})]), 5)
    )

    assert [len(one.movies) for one in made] == [0, 0]


def test_popularity_is_a_part_of_the_score() -> None:
    beta = 0.5
    one = replace(model(movies=30), parameters=Parameters(prior_weights=(beta, 0, 0)))
    one.factors[:] = 0
    folder = Folder(one)

    (made,) = ranked_lists(folder, HistoryBatch.of([history({10: LIKE})]), 30)

    wanted = np.argsort(-one.prior[1:], kind="stable") + 1
    assert made.movies.tolist() == one.movies[wanted].tolist()
    assert made.scores == pytest.approx(beta * one.prior[wanted])

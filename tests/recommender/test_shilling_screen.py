import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from recommender.ratings import Pairs
from recommender.shilling_screen import (
    FLOOD,
    HOUR_MS,
    Reason,
    Screened,
    Suspect,
    attacked_movies,
    familiarity,
    screen,
)

Columns = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.uint8], NDArray[np.int64]]
GENUINE, ATTACKERS, MOVIES, KNOWN = 200, 10, 2000, 100
TARGETS = np.array([1990, 1991, 1992])


def genuine(random: np.random.Generator) -> Columns:
    """Users of 20 to 60 ratings, most of known movies, the last five of any."""
    sizes = random.integers(20, 61, GENUINE)
    movies = [
        np.append(random.permutation(KNOWN)[: size - 5], KNOWN + random.permutation(1800)[:5])
        for size in sizes
    ]
    stars = random.integers(1, 11, sizes.sum()).astype(np.uint8)
    at_ms = random.integers(0, 10**12, sizes.sum())
    return np.repeat(np.arange(GENUINE), sizes), np.concatenate(movies), stars, at_ms


def attacked(half_stars: int = 10, aims: NDArray[np.intp] = TARGETS) -> Columns:
    """Genuine users, and attackers with these aims who rate 40 movies drawn from all."""
    random = np.random.default_rng(1)
    users, movies, stars, at_ms = genuine(random)
    fillers = np.stack([random.permutation(1990)[:40] for _ in range(ATTACKERS)])
    rated = np.hstack([fillers, np.tile(aims, (ATTACKERS, 1))])
    said = random.integers(1, 11, fillers.shape)
    given = np.hstack([said, np.full((ATTACKERS, len(aims)), half_stars)])
    return (
        np.append(users, np.repeat(np.arange(GENUINE, GENUINE + ATTACKERS), rated.shape[1])),
        np.append(movies, rated),
        np.append(stars, given.astype(np.uint8)),
        np.append(at_ms, np.zeros(rated.size, np.int64)),
    )


def of(columns: Columns) -> Screened:
    users, movies, stars, at_ms = columns
    return screen(Pairs.alike(users, movies, (int(users.max()) + 1, MOVIES)), stars, at_ms)


def alone(count: int, apart_ms: int = HOUR_MS) -> Columns:
    """One user with so many ratings."""
    at_ms = np.arange(count) * apart_ms
    return np.zeros(count, np.intp), np.arange(count), np.full(count, 6, np.uint8), at_ms


@pytest.mark.parametrize(("ratings", "weight"), [(1, 0.05), (10, 0.5), (20, 1), (900, 1)])
def test_a_newcomer_counts_for_more_with_each_rating(ratings: int, weight: float) -> None:
    found = of(alone(ratings))

    assert found.weights.tolist() == pytest.approx([weight])
    assert not found.suspects


def test_a_flood_counts_for_as_much_as_it_may_have() -> None:
    found = of(alone(2 * FLOOD, apart_ms=1))

    assert found.weights.tolist() == [0.5]
    figures = {"ratings": 2.0 * FLOOD, "within an hour": 2.0 * FLOOD}
    assert found.suspects == [Suspect(0, Reason.flood, 0.5, figures)]


def test_only_the_fastest_hour_is_a_flood() -> None:
    at_ms = np.append(np.arange(900) * HOUR_MS, 10**12 + np.arange(1250))
    found = of((*alone(2150)[:3], at_ms))

    assert found.suspects[0].figures == {"ratings": 2150, "within an hour": 1250}
    assert found.weights.tolist() == pytest.approx([0.8])


def test_as_many_ratings_as_may_be_are_no_flood() -> None:
    at_ms = np.append(np.zeros(FLOOD, np.int64), HOUR_MS)

    assert not of((*alone(FLOOD + 1)[:3], at_ms)).suspects


def test_many_users_in_one_hour_are_no_flood() -> None:
    users, movies, stars, _ = genuine(np.random.default_rng(2))

    assert not of((users, movies, stars, np.zeros(len(users), np.int64))).suspects


def test_genuine_users_count_for_one_each() -> None:
    found = of(genuine(np.random.default_rng(2)))

    assert (found.weights == 1).all()
    assert not found.suspects


@pytest.mark.parametrize("half_stars", [1, 4, 8, 10])
def test_a_group_that_pushes_or_sinks_the_same_movies_counts_as_one(half_stars: int) -> None:
    found = of(attacked(half_stars))

    group = [one.user for one in found.suspects]
    assert group == list(range(GENUINE, GENUINE + ATTACKERS))
    assert found.weights[group].sum() == pytest.approx(1)
    assert (found.weights[:GENUINE] == 1).all()
    first = found.suspects[0]
    assert first.reason is Reason.group
    assert first.figures["targets"] == len(TARGETS)
    assert first.figures["group"] == ATTACKERS
    assert first.figures["familiarity"] < 0


@pytest.mark.parametrize("half_stars", [5, 7])
def test_indifference_makes_no_group(half_stars: int) -> None:
    assert not of(attacked(half_stars)).suspects


def test_two_movies_may_be_a_taste() -> None:
    assert not of(attacked(aims=TARGETS[:2])).suspects


def test_four_of_a_mind_are_no_group() -> None:
    users, movies, stars, at_ms = attacked()
    few = users < GENUINE + 4

    assert not of((users[few], movies[few], stars[few], at_ms[few])).suspects


def test_a_movie_that_others_like_as_well_is_no_target() -> None:
    odd = np.repeat([True, False], [20, 180])
    movies = np.repeat([0, 1, 0, 1], [10, 10, 40, 140])

    assert attacked_movies(movies, odd, (200, 2)).tolist() == [False, False]


def test_in_a_crowd_five_are_not_enough() -> None:
    odd, movies = np.repeat([True, False], [5, 9995]), np.repeat([0, 1], [5, 9995])

    assert attacked_movies(movies, odd, (900, 2)).tolist() == [True, False]
    assert attacked_movies(movies, odd, (1100, 2)).tolist() == [False, False]


def test_familiarity_is_beside_profiles_of_the_same_size() -> None:
    """Users 0 and 1 rated two movies each, 2 and 3 four: of each size, one has rated rarer ones."""
    users = np.array([0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3])
    movies = np.array([0, 1, 0, 2, 0, 1, 3, 4, 0, 1, 5, 3])

    found = familiarity(users, movies, (4, 6))

    assert found[:2].sum() == pytest.approx(0)
    assert found[2:].sum() == pytest.approx(0)
    assert found[0] > 0 > found[1]


def test_where_nobody_is_nobody_counts() -> None:
    nothing = np.empty(0, np.int64)

    found = screen(Pairs.alike(nothing, nothing, (0, 0)), nothing.astype(np.uint8), nothing)

    assert found.weights.shape == (0,)
    assert not found.suspects


ROWS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 14), st.integers(1, 10), st.integers(0, 10**12)),
    unique_by=lambda row: row[:2],
)


@given(ROWS)
def test_nobody_is_left_out_whatever_the_ratings(rows: list[tuple[int, int, int, int]]) -> None:
    users, movies, stars, at_ms = (np.array(rows, np.int64).reshape(-1, 4)).T

    found = screen(Pairs.alike(users, movies, (10, 15)), stars.astype(np.uint8), at_ms)

    assert found.weights.shape == (10,)
    assert ((found.weights > 0) & (found.weights <= 1)).all()

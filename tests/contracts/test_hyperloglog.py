"""Sketches count users, about, in any order and in any parts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events import MAX_ID
from contracts.hyperloglog import REGISTERS, STANDARD_ERROR, estimate, merged, registers_and_ranks

USERS = st.lists(st.integers(1, MAX_ID), max_size=200)


def sketch(users: list[int]) -> bytes:
    """The registers of these users."""
    whole = np.zeros(REGISTERS, np.uint8)
    registers, ranks = registers_and_ranks(np.array(users, np.int32))
    np.maximum.at(whole, registers, ranks.astype(np.uint8))
    return whole.tobytes()


def place(user: int) -> tuple[int, int]:
    """Register and rank as the docstring spells them."""
    z = user
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    z ^= z >> 31
    return z % 2048, f"{z >> 11:053b}1".index("1") + 1


@given(USERS)
def test_a_place_is_what_the_recipe_says(users: list[int]) -> None:
    registers, ranks = registers_and_ranks(np.array(users, np.int32))

    assert list(zip(registers.tolist(), ranks.tolist(), strict=True)) == [*map(place, users)]


def test_the_hash_is_that_of_splitmix64() -> None:
    # The first number of SplitMix64 from seed 0, whose state is then its increment.
    registers, ranks = registers_and_ranks(np.array([0x9E3779B97F4A7C15], np.uint64))

    first = 0xE220A8397B1DCDAF
    assert (registers.tolist(), ranks.tolist()) == ([first % 2048], [1])


def test_a_hash_of_no_ones_has_the_last_rank() -> None:
    assert [rank.tolist() for rank in registers_and_ranks(np.array([0]))] == [[0], [54]]


@given(USERS, st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_matters(users: list[int], random: object) -> None:
    again = users + users[::2]
    random.shuffle(again)  # type: ignore[attr-defined]

    assert sketch(again) == sketch(users)


@given(st.lists(USERS, max_size=5))
def test_parts_together_are_the_whole(parts: list[list[int]]) -> None:
    whole = [user for part in parts for user in part]

    assert merged(map(sketch, parts)).tobytes() == sketch(whole)


@pytest.mark.parametrize("users", [10, 100, 1000, 3000, 6000, 10_000, 30_000, 100_000])
@pytest.mark.parametrize("first", [1, 1_000_000_000])
def test_an_estimate_is_within_five_standard_errors(users: int, first: int) -> None:
    about = estimate(merged([sketch([*range(first, first + users)])]))

    assert abs(about - users) <= 5 * STANDARD_ERROR * users


@given(st.sets(st.integers(1, MAX_ID), max_size=20))
def test_few_users_are_counted_nearly_exactly(users: set[int]) -> None:
    assert len(users) - 3 <= round(estimate(merged([sketch([*users])]))) <= len(users) + 1


def test_nobody_is_nobody() -> None:
    assert estimate(merged([])) == 0


def test_the_standard_error_is_two_percent() -> None:
    assert round(STANDARD_ERROR, 3) == 0.023

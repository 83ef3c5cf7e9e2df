import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.similar_movies import Neighbours, pack, unpack
from contracts.stored_value_checks import CorruptValue
from harness.builders import neighbours

COSINES = st.lists(st.tuples(st.integers(1, 2**31 - 1), st.floats(0, 1, width=32)), max_size=20)


def of(pairs: list[tuple[int, float]]) -> Neighbours:
    movies = np.array([movie for movie, _ in pairs], np.uint32)
    return Neighbours(7, movies, np.array([cosine for _, cosine in pairs], np.float32))


@given(COSINES)
def test_packed_neighbours_are_unpacked_but_for_the_rounding(
    pairs: list[tuple[int, float]],
) -> None:
    one = of(pairs)

    other = unpack(pack(one))

    assert (other.version, other.movies.tolist()) == (7, one.movies.tolist())
    assert np.allclose(other.cosines, one.cosines, rtol=0, atol=1 / 65_535)


def test_a_cosine_beyond_one_by_rounding_is_one() -> None:
    assert unpack(pack(of([(10, 1.00002)]))).cosines.tolist() == [1.0]


def test_50_neighbours_take_311_bytes() -> None:
    assert len(pack(neighbours(*range(1, 51)))) == 311


@given(COSINES, st.integers(0), st.integers(1, 255))
def test_an_altered_byte_is_detected(pairs: list[tuple[int, float]], at: int, change: int) -> None:
    value = bytearray(pack(of(pairs)))
    value[at % len(value)] ^= change

    with pytest.raises(CorruptValue):
        unpack(bytes(value))


@given(COSINES, st.integers(0))
def test_a_cut_value_is_detected(pairs: list[tuple[int, float]], length: int) -> None:
    value = pack(of(pairs))

    with pytest.raises(CorruptValue):
        unpack(value[: length % len(value)])

from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2

from contracts.partitioner import partition_of


@given(st.integers(1, 2**31 - 1), st.integers(1, 64))
def test_a_user_is_where_kafkas_own_client_puts_the_key(user: int, partitions: int) -> None:
    theirs = (murmur2(str(user).encode()) & 0x7FFFFFFF) % partitions

    assert partition_of(user, partitions) == theirs


def test_users_spread_over_all_partitions() -> None:
    counts = [0] * 12
    for user in range(1, 12_001):
        counts[partition_of(user, 12)] += 1

    assert min(counts) > 900

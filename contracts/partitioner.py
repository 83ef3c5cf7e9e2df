"""The partition of a user: Kafka's default partitioner over the decimal user id."""

from functools import lru_cache


@lru_cache(maxsize=65_536)
def partition_of(user_id: int, partitions: int) -> int:
    """The partition of a user: Kafka's default partitioner over the decimal user id.

    Source: Kafka `BuiltInPartitioner.partitionForKey`; librdkafka calls it `murmur2_random`.
    """
    return (_murmur2(str(user_id).encode()) & 0x7FFF_FFFF) % partitions


def _murmur2(data: bytes) -> int:
    """Kafka's 32-bit murmur2 with its seed (`org.apache.kafka.common.utils.Utils.murmur2`)."""
    multiplier, mask = 0x5BD1_E995, 0xFFFF_FFFF
    h = 0x9747_B28C ^ len(data)
    whole = len(data) & ~3
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i : i + 4], "little") * multiplier & mask
        k = (k ^ k >> 24) * multiplier & mask
        h = (h * multiplier & mask) ^ k
    if tail := data[whole:]:
        h = (h ^ int.from_bytes(tail, "little")) * multiplier & mask
    h = (h ^ h >> 13) * multiplier & mask
    return h ^ h >> 15

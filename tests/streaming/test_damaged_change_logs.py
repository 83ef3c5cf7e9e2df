"""What a damaged change log does to the counts, by Spark's own writer and reader of them.

Its checksum file is gone, as after a copy that left hidden files behind. Some bits are not needed:
a match that LZ4 may copy from another place, and the block after the mark of the end.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

Changes = list[tuple[bytes, bytes]]
WRITTEN: Changes = [(b"day:1", b"3.5;" * 9), (b"day:2", b"4.0;" * 9)]
LAST_BLOCK = 21
"""Bytes of the block that LZ4 ends with."""


@pytest.fixture
def read(spark: SparkSession, tmp_path: Path) -> Callable[[bytes], Changes]:
    """What Spark makes of a change log's bytes; raises what Java raises."""
    java = spark._jvm
    assert java is not None
    streaming = java.org.apache.spark.sql.execution.streaming
    path = java.org.apache.hadoop.fs.Path(str(tmp_path / "2.changelog"))
    hadoop = spark._jsc.hadoopConfiguration()
    files = streaming.checkpointing.CheckpointFileManager.create(path, hadoop)
    codec = java.org.apache.spark.io.LZ4CompressionCodec(spark._jsc.getConf())

    def read(content: bytes) -> Changes:
        (tmp_path / "2.changelog").write_bytes(content)
        (tmp_path / ".2.changelog.crc").unlink(missing_ok=True)
        reader = streaming.state.StateStoreChangelogReaderV1(files, path, codec)
        found = []
        while reader.hasNext():
            change = reader.next()
            found.append((bytes(change._2()), bytes(change._3())))
        reader.close()
        return found

    writer = streaming.state.StateStoreChangelogWriterV1(files, path, codec)
    for key, value in WRITTEN:
        writer.put(key, value)
    writer.commit()
    return read


def test_any_flipped_bit_is_refused_or_changes_nothing(
    read: Callable[[bytes], Changes], tmp_path: Path
) -> None:
    content = (tmp_path / "2.changelog").read_bytes()
    refused = 0

    for bit in range(len(content) * 8):
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        try:
            assert read(bytes(damaged)) == WRITTEN
        except Py4JJavaError:
            refused += 1

    assert refused > len(content) * 4


def test_one_that_is_cut_is_refused_unless_only_the_last_block_is(
    read: Callable[[bytes], Changes], tmp_path: Path
) -> None:
    content = (tmp_path / "2.changelog").read_bytes()
    taken = []

    for length in range(len(content)):
        try:
            assert read(content[:length]) == WRITTEN
        except Py4JJavaError:
            continue
        taken.append(length)

    assert taken == list(range(len(content) - LAST_BLOCK, len(content)))

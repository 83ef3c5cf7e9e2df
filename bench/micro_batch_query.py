"""One side of `bench.micro_batch_overhead`: the log query in a session of its own, without pauses.

`python -m bench.micro_batch_query SIDE KAFKA TOPIC DEAD_LETTERS FOLDER JARS`, where a side is
`ours` or `defaults`. Answers each line that it reads with one of JSON: the parts that the last
batches with records were made of, in milliseconds each.
"""

import json
import sys
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from bench.fixtures import PARTITIONS
from contracts.settings import tell_libraries
from contracts.spark_session import session
from event_log import Storage
from streaming import event_log_query, kafka_source
from streaming.spark_options import OPTIONS


def main(side: str, kafka: str, topic: str, letters: str, folder: str, jars: str) -> None:
    """Begin a session, as the streaming job has it or with Spark's defaults, and land."""
    root, connector = Path(folder), sorted(Path(jars).glob("*.jar"))
    if side == "ours":
        with session("ours", "768m", root / "spark", OPTIONS, connector) as spark:
            land(kafka_source.ratings(spark, kafka, topic, {}), kafka, letters, root)
    else:
        land(plainly_read(defaults(root, connector), kafka, topic), kafka, letters, root)


def land(records: DataFrame, kafka: str, letters: str, root: Path) -> None:
    """Land the stream until there is nothing more to read on the standard input."""
    event_log_query.EVERY = "0 seconds"
    query = event_log_query.start(
        records, Storage.of(str(root / "log")), PARTITIONS, kafka, letters, root / "checkpoint"
    )
    for _ in sys.stdin:
        parts = [one["durationMs"] for one in query.recentProgress if one["numInputRows"]]
        sys.stdout.write(f"{json.dumps(parts)}\n")
        sys.stdout.flush()
    query.stop()


def defaults(folder: Path, jars: list[Path]) -> SparkSession:
    """A session on as many cores, with nothing else than it needs to run."""
    tell_libraries({"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"})
    builder = SparkSession.builder.appName("defaults").master("local[2]")
    builder = builder.config("spark.jars", ",".join(map(str, jars)))
    builder = builder.config("spark.sql.warehouse.dir", str(folder / "warehouse"))
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def plainly_read(spark: SparkSession, kafka: str, topic: str) -> DataFrame:
    """What `streaming.kafka_source.ratings` gives, with the source's defaults."""
    return (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", kafka)
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .load()
        .withColumn("timestamp_ms", F.unix_millis("timestamp"))
        .select("key", "value", "partition", "offset", "timestamp", "timestamp_ms")
    )


if __name__ == "__main__":
    main(*sys.argv[1:])

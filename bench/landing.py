"""One side of `bench.idle`: the log query in a session of its own, a batch as soon as it can.

`python -m bench.landing SIDE KAFKA TOPIC DEAD_LETTERS FOLDER JARS`, where a side is `ours` or
`defaults`. Answers each line that it reads with one of JSON: the parts that the last batches with
records were made of, in milliseconds each.
"""

import json
import sys
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from bench.stage import PARTITIONS
from contracts import spark
from contracts.eventlog import Place
from contracts.settings import tell_libraries
from streaming import log, source
from streaming.cli import OPTIONS


def main(side: str, kafka: str, topic: str, letters: str, folder: str, jars: str) -> None:
    """Land until there is nothing more to read on the standard input."""
    root, connector = Path(folder), sorted(Path(jars).glob("*.jar"))
    if side == "ours":
        records = source.ratings(ours(root, connector), kafka, topic, {})
    else:
        records = plainly_read(defaults(root, connector), kafka, topic)
    log.EVERY = "0 seconds"
    query = log.start(
        records, Place.of(str(root / "log")), PARTITIONS, kafka, letters, root / "checkpoint"
    )
    for _ in sys.stdin:
        parts = [one["durationMs"] for one in query.recentProgress if one["numInputRows"]]
        sys.stdout.write(f"{json.dumps(parts)}\n")
        sys.stdout.flush()
    query.stop()


def ours(folder: Path, jars: list[Path]) -> SparkSession:
    """A session as the streaming job has it."""
    return spark.session("ours", "768m", folder / "spark", OPTIONS, jars)


def defaults(folder: Path, jars: list[Path]) -> SparkSession:
    """A session on as many cores, with nothing else than it needs to run."""
    tell_libraries({"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"})
    builder = SparkSession.builder.appName("defaults").master("local[2]")
    builder = builder.config("spark.jars", ",".join(map(str, jars)))
    builder = builder.config("spark.sql.warehouse.dir", str(folder / "warehouse"))
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def plainly_read(session: SparkSession, kafka: str, topic: str) -> DataFrame:
    """What `streaming.source.ratings` gives, with the source's defaults."""
    return (
        session.readStream.format("kafka")
        .option("kafka.bootstrap.servers", kafka)
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .load()
        .withColumn("timestamp_ms", F.unix_millis("timestamp"))
        .select("key", "value", "partition", "offset", "timestamp", "timestamp_ms")
    )


if __name__ == "__main__":
    main(*sys.argv[1:])

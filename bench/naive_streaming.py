"""The streaming job as a naive Spark job: `from_json`, `groupBy`, Spark's defaults.

`python -m bench.naive_streaming KAFKA TOPIC FOLDER JARS REDIS PREFIX EVENTS`: one query appends
what it can read to Parquet, another counts minute windows by movie and writes what has changed to
Redis. Says `begun` at the first batch that has ended and `done` after the last, as the bench does
of ours.
"""

import sys
import time
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from contracts.spark_session import session
from redis_store.connection import connect

SCHEMA = (
    "v int, kind string, event_id string, user_id long, movie_id long, rating double, "
    "rated_at timestamp"
)
FIRST_BATCH = 100_000


def main(
    kafka: str, topic: str, folder: str, jars: str, redis: str, prefix: str, events: str
) -> None:
    """Start both queries, and end when both have read everything."""
    connector = sorted(Path(jars).glob("*.jar"))
    with session("naive", "768m", Path(folder) / "spark", {}, connector) as spark:
        count(spark, kafka, topic, folder, redis, prefix, int(events))


def count(
    spark: SparkSession, kafka: str, topic: str, folder: str, redis: str, prefix: str, events: int
) -> None:
    """Run both queries until both have read everything."""
    raw = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", kafka)
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .option("maxOffsetsPerTrigger", FIRST_BATCH)
        .load()
    )
    ratings = raw.select(
        "timestamp", F.from_json(F.col("value").cast("string"), SCHEMA).alias("event")
    ).select("timestamp", "event.*")
    log = (
        ratings.writeStream.format("parquet")
        .option("path", f"{folder}/log")
        .option("checkpointLocation", f"{folder}/checkpoints/log")
        .start()
    )
    counts = (
        ratings.withWatermark("timestamp", "1 day")
        .groupBy(F.window("timestamp", "1 minute"), "movie_id")
        .agg(F.count("*").alias("ratings"), F.avg("rating").alias("mean"))
    )
    store = connect(redis, timeout_s=5)

    def write(batch: DataFrame, _: int) -> None:
        for row in batch.collect():
            key = f"{prefix}{row['window']['start'].timestamp():.0f}"
            store.hset(key, str(row["movie_id"]), f"{row['ratings']},{row['mean']}")

    trends = (
        counts.writeStream.outputMode("update")
        .option("checkpointLocation", f"{folder}/checkpoints/trends")
        .foreachBatch(write)
        .start()
    )
    say_when(log, trends, events)
    for query in (log, trends):
        query.stop()


def say_when(log: StreamingQuery, trends: StreamingQuery, events: int) -> None:
    """Tell the bench what has been read by the slower of the two."""
    begun = False
    while (read := min(read_by(log), read_by(trends))) < events:
        if read and not begun:
            sys.stdout.write(f"begun {read}\n")
            sys.stdout.flush()
            begun = True
        time.sleep(0.05)
    sys.stdout.write(f"done {read}\n")
    sys.stdout.flush()


def read_by(query: StreamingQuery) -> int:
    """Rows of all batches that have ended; there are fewer than Spark remembers."""
    return sum(int(one["numInputRows"]) for one in query.recentProgress)


if __name__ == "__main__":
    main(*sys.argv[1:])

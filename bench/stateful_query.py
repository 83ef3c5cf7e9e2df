"""Personal lists as a Spark query with state, in place of the speed layer.

`python -m bench.stateful_query KAFKA TOPIC FOLDER JARS REDIS PREFIX MOVIES`: `transformWithState`
holds each person's ratings, folds them into the model that `bench.fold_in` makes, and the list is
set in Redis by `foreachBatch`. Micro-batches follow each other at once; state is in RocksDB.
"""

import sys
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from bench.stateful_person import PersonalList, save
from contracts.spark_session import session

SCHEMA = "user_id int, movie_id int, rating double"
LIST = "user_id int, next_offset long, movies string"
OPTIONS = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.streaming.stateStore.providerClass": (
        "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"
    ),
}


def main(
    kafka: str, topic: str, folder: str, jars: str, redis: str, prefix: str, movies: str
) -> None:
    """Run until it is stopped."""
    connector = sorted(Path(jars).glob("*.jar"))

    def write(batch: DataFrame, _: int) -> None:
        batch.foreachPartition(lambda rows: save(rows, redis, prefix))

    with session("stateful", "768m", Path(folder) / "spark", OPTIONS, connector) as spark:
        records = (
            spark.readStream.format("kafka")
            .option("kafka.bootstrap.servers", kafka)
            .option("subscribe", topic)
            .option("startingOffsets", "earliest")
            .load()
        )
        event = F.from_json(F.col("value").cast("string"), SCHEMA).alias("event")
        ratings = records.select("offset", event).select("offset", "event.*").dropna()
        lists = ratings.groupBy("user_id").transformWithStateInPandas(
            PersonalList(int(movies)), LIST, "Update", "None"
        )
        query = lists.writeStream.outputMode("update").foreachBatch(write)
        query.option("checkpointLocation", f"{folder}/checkpoint").start().awaitTermination()


if __name__ == "__main__":
    main(*sys.argv[1:])

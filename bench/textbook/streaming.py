"""The Spark application: count ratings, keep them, learn from them, recommend.

One query with `foreachBatch`. Each batch is appended to Parquet and added to counts in Redis; after
so many ratings MLlib's ALS learns from all of them, and everybody's top ten is set as JSON.
"""

import json
import os
from collections.abc import Iterable

import redis
from pyspark.ml.recommendation import ALS, ALSModel
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

SCHEMA = "userId INT, movieId INT, rating DOUBLE, timestamp LONG"
RATINGS = os.environ.get("RATINGS", "ratings")
REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
RETRAIN_EVERY = int(os.environ.get("RETRAIN_EVERY", "1000"))
IMPLICIT = os.environ.get("IMPLICIT", "") == "yes"


def main() -> None:
    """Run until it is stopped."""
    spark = session()
    batches = Batches(spark)
    query = (
        ratings(spark)
        .writeStream.foreachBatch(batches.process)
        .option("checkpointLocation", f"{RATINGS}/checkpoint")
        .start()
    )
    query.awaitTermination()


def session() -> SparkSession:
    """A local session with the connector for Kafka."""
    return (
        SparkSession.builder.appName("MovieRecommender")
        .master("local[*]")
        .config("spark.jars", os.environ["JARS"])
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )


def ratings(spark: SparkSession) -> DataFrame:
    """The stream of ratings; whatever is not JSON, or lacks something, is dropped."""
    return (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", os.environ["KAFKA"])
        .option("subscribe", "ratings")
        .option("startingOffsets", "earliest")
        .option("maxOffsetsPerTrigger", "10000")
        .load()
        .select(F.from_json(F.col("value").cast("string"), SCHEMA).alias("rating"))
        .select("rating.*")
        .dropna()
    )


class Batches:
    """Processes micro-batches, and knows how many ratings came since the last training."""

    def __init__(self, spark: SparkSession) -> None:
        """Nothing has come yet."""
        self.spark = spark
        self.since_training = 0

    def process(self, batch: DataFrame, batch_id: int) -> None:
        """Keep a batch, count it, and train when it is time."""
        batch.persist()
        batch.write.mode("append").parquet(f"{RATINGS}/parquet")
        count(batch)
        self.since_training += batch.count()
        batch.unpersist()
        if self.since_training >= RETRAIN_EVERY:
            retrain(self.spark)
            self.since_training = 0


def count(batch: DataFrame) -> None:
    """Add a batch to each movie's number of ratings and sum of stars."""
    sums = batch.groupBy("movieId").agg(
        F.count("*").alias("ratings"), F.sum("rating").alias("stars")
    )
    with redis.Redis.from_url(REDIS_URL).pipeline() as pipe:
        for row in sums.collect():
            pipe.zincrby("popular", row["ratings"], row["movieId"])
            pipe.hincrbyfloat("stars", str(row["movieId"]), row["stars"])
        pipe.execute()


def retrain(spark: SparkSession) -> None:
    """Learn from all ratings, and set everybody's recommendations."""
    learned(spark).recommendForAllUsers(10).foreachPartition(save)


def learned(spark: SparkSession) -> ALSModel:
    """A model of all ratings."""
    als = ALS(
        userCol="userId",
        itemCol="movieId",
        ratingCol="rating",
        implicitPrefs=IMPLICIT,
        coldStartStrategy="drop",
        seed=42,
    )
    return als.fit(spark.read.parquet(f"{RATINGS}/parquet"))


def save(rows: Iterable[Row]) -> None:
    """Set the recommendations of some users."""
    with redis.Redis.from_url(REDIS_URL).pipeline() as pipe:
        for row in rows:
            movies = [one.asDict() for one in row["recommendations"]]
            pipe.set(f"recommendations:{row['userId']}", json.dumps(movies))
        pipe.execute()


if __name__ == "__main__":
    main()

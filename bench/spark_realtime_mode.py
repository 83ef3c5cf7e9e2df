"""What Spark's Real-Time Mode accepts of a personal list: `python -m bench.spark_realtime_mode`.

A list needs the strict parser, which is Python, the person's history, which is state, and a sink
that writes list and position together. Each is tried by itself on a real broker, and so is a plain
copy of records, which shows that the mode works here. A query counts as accepted once it has read
a record; of one that is refused, Spark's own name of the reason is shown.
"""

import re
import uuid
from collections.abc import Callable
from contextlib import closing

import confluent_kafka
import typer
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery
from pyspark.sql.streaming.readwriter import DataStreamWriter

from bench.benchmark_report import AsJson, Figure, Keep, report
from bench.fixtures import scratch_services
from contracts.spark_session import session
from harness.eventually import TooLate, eventually
from harness.services import Services
from kafka_clients import Admin
from streaming.kafka_source import parsed

TRIGGER = "5 seconds"
OPTIONS = {
    "spark.sql.shuffle.partitions": "1",
    "spark.master": "local[4]",  # the mode wants a slot for each task of all stages
}
WITHIN_S = 60
Build = Callable[[DataFrame], DataStreamWriter]


def main(as_json: AsJson = False, keep: Keep = False) -> None:
    """Try the parts of a personal list in Spark's Real-Time Mode."""
    with scratch_services() as (folder, services):
        jars = sorted(services.connector_jars.glob("*.jar"))
        with session("spark-realtime-mode", "768m", folder / "spark", OPTIONS, jars) as spark:
            rows = []
            for what, build in PARTS.items():
                topic = new_topic(services)
                writer = build(read(spark, services.kafka, topic))
                checkpoint = str(folder / topic)
                rows.append(tried(what, writer, services, topic, checkpoint))
    report("spark_realtime_mode", rows, as_json, keep)


def read(spark: SparkSession, kafka: str, topic: str) -> DataFrame:
    """The topic; the mode refuses the bound on a batch that the streaming job sets."""
    reader = spark.readStream.format("kafka").option("kafka.bootstrap.servers", kafka)
    return (
        reader.option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .load()
        .withColumn("timestamp_ms", F.unix_millis("timestamp"))
    )


def copied(records: DataFrame) -> DataStreamWriter:
    """The records as they are, without Python and without state."""
    return records.select("key", "value").writeStream.format("kafka")


def in_python(records: DataFrame) -> DataStreamWriter:
    """The records parsed by the strict parser."""
    rows = records.mapInArrow(lambda some: (parsed(one, 1) for one in some), "reason string")
    return rows.selectExpr("reason AS value").writeStream.format("kafka")


def with_state(records: DataFrame) -> DataStreamWriter:
    """How many records each person has: the least state there is."""
    counts = records.groupBy("key").count().selectExpr("key", "CAST(count AS STRING) AS value")
    return counts.writeStream.format("kafka")


def into_a_batch_sink(records: DataFrame) -> DataStreamWriter:
    """Written by a function that gets a whole batch."""
    return records.writeStream.foreachBatch(lambda _, __: None)


PARTS: dict[str, Build] = {
    "a plain copy, Kafka to Kafka": copied,
    "the parser, by mapInArrow": in_python,
    "state, by groupBy": with_state,
    "a sink of one's own, by foreachBatch": into_a_batch_sink,
}


def tried(what: str, writer: DataStreamWriter, at: Services, topic: str, folder: str) -> Figure:
    """Whether the mode accepts a query: 1 or 0, and why not."""
    refusal = refused(writer, at, topic, folder)
    return Figure(f"{what}: {refusal or 'accepted'}", int(refusal is None), "", "", None)


def refused(writer: DataStreamWriter, at: Services, topic: str, folder: str) -> str | None:
    """Spark's reason for refusing a query; None if it reads records."""
    options = {"checkpointLocation": f"{folder}/checkpoint", "topic": f"{topic}.out"}
    options["kafka.bootstrap.servers"] = at.kafka
    updating = writer.outputMode("update").options(**options)  # the mode takes no other
    try:
        # PySpark's own overloads lack this trigger.
        query = updating.trigger(realTime=TRIGGER).start()  # type: ignore[call-overload]
    except PySparkException as error:
        return reason(error)
    try:
        return outcome(query, at, topic)
    finally:
        query.stop()


def outcome(query: StreamingQuery, at: Services, topic: str) -> str | None:
    """How a query that has started goes on."""
    producer = confluent_kafka.Producer({"bootstrap.servers": at.kafka, "linger.ms": 0})

    def found() -> list[str | None]:
        # A record each time: a query may have begun after the last one.
        producer.produce(topic, b"{}", b"1")
        producer.flush()
        if error := query.exception():
            return [reason(error)]
        return [None] if any(batch["numInputRows"] for batch in query.recentProgress) else []

    try:
        return eventually(found, WITHIN_S, "a record read", 0.5)[0]
    except TooLate:
        return "nothing was read"


def reason(error: PySparkException) -> str:
    """What Spark calls it."""
    named = re.search(r"\[([A-Z_.]+)\]", str(error))
    return named[1] if named else type(error).__name__


def new_topic(services: Services) -> str:
    """A topic with one partition, and one to write to."""
    name = f"realtime-mode-{uuid.uuid4().hex[:8]}"
    with closing(Admin(services.kafka)) as admin:
        admin.create({name: (1, {}), f"{name}.out": (1, {})})
    return name


if __name__ == "__main__":
    typer.run(main)

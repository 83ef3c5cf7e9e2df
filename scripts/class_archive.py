"""Makes the archive of the classes that Spark's Java loads for what Reelstream does with it."""

import shlex
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pyspark import SparkContext
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from contracts import class_archive, java_options
from contracts.settings import tell_libraries
from contracts.spark_session import JAVA_OPTIONS, begun, options_here
from reelstream.java import find_java
from streaming.spark_options import OPTIONS


def make(folder: Path) -> Path | None:
    """Run what our queries are made of once; the archive of its classes, if this Java can make one.

    A Java that comes without an archive of its own classes, as the wheel's does, cannot.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.jsa"):
        old.unlink()
    with TemporaryDirectory(dir=folder) as temporary:
        archive = Path(temporary) / "spark.jsa"
        spark = _session(Path(temporary), archive)
        _exercise(spark, temporary)
        _end(spark)
        if not archive.exists():
            return None
        return archive.rename(folder / class_archive.named(archive.stat().st_size))


def _session(folder: Path, archive: Path) -> SparkSession:
    tell_libraries({"JAVA_HOME": str(find_java(folder).home)})
    making = [f"-XX:ArchiveClassesAtExit={archive}", class_archive.QUIET]
    flags = shlex.join([*JAVA_OPTIONS, *making, *java_options.options(folder)])
    java = {"spark.driver.extraJavaOptions": flags}
    return begun("class-archive", options_here(folder, "512m") | OPTIONS | java)


def _exercise(spark: SparkSession, folder: str) -> None:
    """Files as a stream: to files again; without duplicates, counted in a state, to Python."""
    numbers = spark.range(100).selectExpr(
        "id % 5 movie", "double(id % 10) stars", "timestamp_seconds(id + 1700000000) at"
    )
    numbers.write.partitionBy("movie").parquet(f"{folder}/ratings")
    ratings = spark.readStream.schema(numbers.schema).parquet(f"{folder}/ratings")
    fresh = ratings.withWatermark("at", "1 hour").dropDuplicates(["movie", "at"])
    counts = fresh.groupBy(f.window("at", "1 hour"), "movie").agg(f.count("*"), f.avg("stars"))
    to_files = ratings.writeStream.format("parquet").option("path", f"{folder}/log")
    to_python = counts.writeStream.outputMode("update").foreachBatch(_write)
    for name, writer in (("log", to_files), ("counts", to_python)):
        kept = writer.option("checkpointLocation", f"{folder}/checkpoint-{name}")
        kept.trigger(availableNow=True).start().awaitTermination()


def _write(batch: DataFrame, _: int) -> None:
    batch.toArrow()


def _end(spark: SparkSession) -> None:
    """End Java in good order: only then it writes the archive."""
    gateway: Any = SparkContext._gateway
    spark.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()


if __name__ == "__main__":
    made = make(class_archive.folder(class_archive.HERE))
    sys.stdout.write(f"{made or 'this Java makes no archives'}\n")

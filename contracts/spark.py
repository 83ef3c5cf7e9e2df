"""The Spark session, for those rooms that use Spark."""

import sys
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JError
from pyspark.sql import SparkSession

from contracts.edge import FAILED, Failure
from contracts.settings import tell_libraries

CONSTANT_OPTIONS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    # Serial GC and C1 keep a small driver small; -Xss8m keeps query.stop() from overflowing.
    "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xss8m",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "20000",
}


def session(
    name: str, memory: str, folder: Path, options: dict[str, str], jars: list[Path] | None = None
) -> SparkSession:
    """A session on this machine's cores, or on the master that `spark-submit` was given.

    Args:
        name: of the application.
        memory: of the driver's heap, as Spark spells it.
        folder: for scratch files.
        options: of this application alone.
        jars: to put on the class path.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Else Spark's workers run whichever python3 comes first on the PATH.
    tell_libraries({"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"})
    builder = SparkSession.builder.appName(name).config("spark.driver.memory", memory)
    options = CONSTANT_OPTIONS | {"spark.sql.warehouse.dir": str(folder / "warehouse")} | options
    if jars:
        options["spark.jars"] = ",".join(str(jar) for jar in jars)
    for key, value in options.items():
        builder = builder.config(key, value)
    if "spark.master" not in options:
        builder = builder.master("local[2]")
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def java_of(spark: SparkSession) -> int:
    """The process of the driver's Java."""
    jvm: Any = spark.sparkContext._jvm
    return int(jvm.java.lang.ProcessHandle.current().pid())


def require_java(spark: SparkSession) -> None:
    """Ask the driver's Java something; idle, Python would not notice that it is gone.

    Raises:
        Failure: if it does not answer.
    """
    try:
        spark.version  # noqa: B018 - the question is the point
    except (Py4JError, OSError) as error:
        what_to_do = "start this process again; its state is kept"
        raise Failure("Spark's Java is gone", "Spark", what_to_do, FAILED) from error

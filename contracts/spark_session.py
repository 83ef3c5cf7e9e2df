"""The Spark session, for the packages that use Spark."""

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyspark
from py4j.protocol import Py4JError
from pyspark import SparkContext
from pyspark.errors import PySparkRuntimeError
from pyspark.sql import SparkSession

from contracts import class_archive, java_options
from contracts.clean_environment import submitted
from contracts.process_exit import FAILED, Failure
from contracts.scratch_folders import scratch
from contracts.settings import tell_libraries

CONSTANT_OPTIONS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    # Kept for a page that is not served.
    "spark.sql.ui.retainedExecutions": "50",
    "spark.ui.retainedJobs": "50",
    "spark.ui.retainedStages": "50",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "20000",
}
# Serial GC and C1 keep a small driver small; -Xss8m keeps query.stop() from overflowing. The heap
# begins as small everywhere: Java's own choice is a 64th of the machine's memory, and all of it is
# used within hours, however little is alive.
JAVA_OPTIONS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss8m", "-Xms256m")


@contextmanager
def session(
    name: str, memory: str, folder: Path | None, options: dict[str, str], jars: list[Path]
) -> Iterator[SparkSession]:
    """Within, a session on this machine's cores, or on the master that `spark-submit` was given.

    Args:
        name: of the application.
        memory: of the driver's heap, as Spark spells it.
        folder: for temporary files, which are gone afterwards; the system's if None.
        options: of this application alone.
        jars: to put on the class path.

    Raises:
        Failure: if Java does not start.
    """
    with scratch(folder) as temporary:
        ours = options_here(temporary.resolve(), memory) | options
        if jars:
            ours["spark.jars"] = ",".join(map(str, jars))
        try:
            spark = begun(name, ours)
            spark.sparkContext.setLogLevel("ERROR")
            yield spark
            spark.stop()  # not after a failure: a query that is stuck would hold it
        finally:
            _end_java()


def options_here(temporary: Path, memory: str) -> dict[str, str]:
    """Options of a Spark on this machine; where `spark-submit` has made them, the constant ones."""
    if submitted():
        return CONSTANT_OPTIONS
    tell_libraries(
        {
            "SPARK_HOME": str(Path(pyspark.__file__).parent),
            "SPARK_LAUNCHER_OPTS": "-XX:-UsePerfData",
            "SPARK_LOCAL_IP": "127.0.0.1",
            # Else glibc keeps pools of memory for Java's many threads, up to eight for each core.
            "MALLOC_ARENA_MAX": "2",
            # Else Spark's workers run whichever python3 comes first on the PATH.
            "PYSPARK_PYTHON": sys.executable,
        }
    )
    return CONSTANT_OPTIONS | {
        "spark.master": "local[2]",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": memory,
        "spark.driver.extraJavaOptions": shlex.join(
            [*JAVA_OPTIONS, *class_archive.options(), *java_options.options(temporary)]
        ),
        "spark.local.dir": str(temporary),
        "spark.sql.warehouse.dir": f"file://{temporary}/warehouse",
    }


def begun(name: str, options: dict[str, str]) -> SparkSession:
    """A session with these options.

    Raises:
        Failure: if Java does not start.
    """
    builder = SparkSession.builder.appName(name)
    for key, value in options.items():
        builder = builder.config(key, value)
    try:
        return builder.getOrCreate()
    except PySparkRuntimeError as error:
        what_to_do = "see the lines above; Spark needs Java 17 or 21"
        raise Failure("Spark's Java does not start", "JAVA_HOME", what_to_do, FAILED) from error


def _end_java() -> None:
    """End the Java that was started here, and wait for its end: its files can go then."""
    gateway: Any = SparkContext._gateway
    if gateway is None or gateway.proc is None:
        return
    gateway.shutdown()
    gateway.proc.kill()
    gateway.proc.stdin.close()
    gateway.proc.wait()
    SparkContext._gateway = SparkContext._jvm = None


def java_of(spark: SparkSession) -> int:
    """The process of the driver's Java."""
    jvm: Any = spark.sparkContext._jvm
    return int(jvm.java.lang.ProcessHandle.current().pid())


def live_heap(spark: SparkSession) -> int:
    """Bytes of the driver's heap that its last full collection has left; 0 before any."""
    jvm: Any = spark.sparkContext._jvm
    pools = jvm.java.lang.management.ManagementFactory.getMemoryPoolMXBeans()
    left = (pool.getCollectionUsage() for pool in pools)
    return sum(int(usage.getUsed()) for usage in left if usage is not None)


def require_java(spark: SparkSession) -> None:
    """Ask the driver's Java something; idle, Python would not notice that it is gone.

    Raises:
        Failure: if it does not answer.
    """
    try:
        spark.version  # noqa: B018 - the question is the point
    except (Py4JError, OSError) as error:
        what_to_do = "start this process again; its state is kept"
        raise Failure("Spark's Java has died", "Spark", what_to_do, FAILED) from error

"""Spark, for whoever may need it: MLlib, or nobody."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Sessions = Callable[[], "SparkSession"]
OPTIONS = {"spark.sql.shuffle.partitions": "2", "spark.default.parallelism": "2"}


@contextmanager
def spark_sessions(name: str, memory: str) -> Iterator[Sessions]:
    """Within, a function that gives a Spark session: one, begun when it is first asked for.

    Args:
        name: of the application.
        memory: of the driver's heap, as Spark spells it.
    """
    begun: list[SparkSession] = []
    with TemporaryDirectory() as folder:

        def one() -> "SparkSession":
            if not begun:
                from contracts.spark import session

                begun.append(session(name, memory, Path(folder), OPTIONS))
            return begun[0]

        try:
            yield one
        finally:
            for spark in begun:
                spark.stop()

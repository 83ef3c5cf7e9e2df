"""Spark sessions, started only if MLlib needs one."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Sessions = Callable[[], "SparkSession"]
OPTIONS = {"spark.sql.shuffle.partitions": "2", "spark.default.parallelism": "2"}


@contextmanager
def spark_sessions(name: str, memory: str, folder: Path | None = None) -> Iterator[Sessions]:
    """Within, a function that gives a Spark session: one, begun when it is first asked for.

    Args:
        name: of the application.
        memory: of the driver's heap, as Spark spells it.
        folder: for temporary files; the system's if not given.
    """
    begun: list[SparkSession] = []
    with ExitStack() as stack:

        def one() -> "SparkSession":
            if not begun:
                from contracts.spark_session import session

                begun.append(stack.enter_context(session(name, memory, folder, OPTIONS, [])))
            return begun[0]

        yield one

"""What an evaluation runs in: libraries, a line of progress, a Spark session if one is asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.edge import USAGE, Failure

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Say = Callable[[str], None]
Sessions = Callable[[], "SparkSession"]

JUDGE = {"implicit", "matplotlib", "optuna", "scipy", "sklearn", "threadpoolctl"}
"""What the extra `judge` brings."""


@contextmanager
def judging_tools() -> Iterator[None]:
    """Within, libraries keep to one thread each, and a missing one is a line that says so.

    Their threads would wait for each other longer than they work: all matrices are small.

    Raises:
        Failure: if one of the extra `judge` is not installed.
    """
    try:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1, "blas"):
            yield
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] not in JUDGE:
            raise
        what = f"{error.name} is not installed"
        raise Failure(what, "batch", "install the extra `judge`", USAGE) from error


@contextmanager
def progress(quiet: bool) -> Iterator[Say]:
    """Within, a line on stderr that says what is being done, for people who look."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda what: None
        return
    with console.status("starting") as status:
        yield status.update


@contextmanager
def spark_sessions() -> Iterator[Sessions]:
    """Within, a function that gives a Spark session: one, begun when it is first asked for."""
    import tempfile

    from contracts.spark import session

    begun: list[SparkSession] = []
    with tempfile.TemporaryDirectory() as folder:

        def one() -> "SparkSession":
            if not begun:
                options = {"spark.sql.shuffle.partitions": "2", "spark.default.parallelism": "2"}
                begun.append(session("reelstream-evaluate", "2g", Path(folder), options))
            return begun[0]

        try:
            yield one
        finally:
            for spark in begun:
                spark.stop()

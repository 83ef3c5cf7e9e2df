"""The textbook's training on what it has kept, in a Spark that has trained before.

`python -m bench.textbook_judges.textbook_training` trains without setting anything, and then as the
application does; says processor and wall-clock seconds of the latter.
"""

import json
import os
import sys
from collections.abc import Iterable
from functools import partial

from pyspark.sql import Row, SparkSession

from bench.cpu_timer import Since, cpu_s
from bench.textbook.streaming import learned, retrain, session


def main() -> None:
    """Warm up, and train."""
    spark = session()
    spark.sparkContext.setLogLevel("ERROR")
    warm_up(spark)
    began = Since(partial(cpu_s, os.getpid()))
    retrain(spark)
    cost = began.cost(1)
    sys.stdout.write(json.dumps([cost.cpu_s, cost.wall_s]) + "\n")


def warm_up(spark: SparkSession) -> None:
    """Everything that a training does, but for Redis."""
    learned(spark).recommendForAllUsers(10).foreachPartition(drain)


def drain(rows: Iterable[Row]) -> None:
    """Ask for all of them."""
    for _ in rows:
        pass


if __name__ == "__main__":
    main()

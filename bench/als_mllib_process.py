"""MLlib for `bench.als`, in a process of its own whose Java is warm.

The session is the best that two cores have: two blocks and partitions, the optimising compiler and
the parallel collector (the project's own sessions are small), everything in memory. The data are in
Spark's cache before a fit begins. Linear algebra is Java's, unless the machine has a libblas and a
liblapack that Spark finds. The objective is `batch.mllib_engine`'s.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.ml.recommendation import ALS, ALSModel
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as f

from bench.als_data import SEED, WEIGHING, Fitted, load
from bench.cpu_timer import Since, cpu_s
from contracts.settings import tell_libraries
from contracts.spark_session import java_of, session
from recommender import als
from recommender.preference import preference
from reelstream.java import find_java

CORES = 2
MEMORY = "8g"
OPTIONS = {
    "spark.driver.extraJavaOptions": "-XX:+UseParallelGC -Xss8m",
    "spark.sql.shuffle.partitions": str(CORES),
    "spark.default.parallelism": str(CORES),
    "spark.master": f"local[{CORES}]",
}
RUNNING = ExitStack()
"""What the process has begun."""


@contextmanager
def process(folder: Path) -> Iterator[ProcessPoolExecutor]:
    """A process for the functions below; its Spark keeps what it must in the folder."""
    with ProcessPoolExecutor(1, get_context("spawn"), _begin, (folder,)) as pool:
        try:
            yield pool
        finally:
            pool.submit(_end).result()


def fit(data: Path, rank: int, iterations: int) -> tuple[Fitted, float]:
    """A cold fit of the ratings in a folder; MiB that Java and Python have held at most so far."""
    table, sides = _said(data)
    began = Since(partial(cpu_s, os.getpid()))
    model = _als(rank, iterations).fit(table)
    spent_s = began.cost(1).cpu_s
    users = _vectors(model.userFactors, sides[0], rank)
    movies = _vectors(model.itemFactors, sides[1], rank)
    return Fitted(spent_s, als.Factors(users, movies)), _resident_mib()


def lists(data: Path, rank: int, limit: int, more: int) -> float:
    """Scores for a second of processors: everybody's best that they have not rated.

    MLlib cannot mask: it is asked for some more than wanted, those that are rated are taken out
    again, and the first are kept. Who rated many of the best ones gets fewer.
    """
    model, rated = _model(data, rank), _rated(data)
    scores = model.userFactors.count() * model.itemFactors.count()
    began = Since(partial(cpu_s, os.getpid()))
    best = model.recommendForAllUsers(limit + more).select("user", f.explode("recommendations"))
    best = best.select("user", "col.*").join(rated, ["user", "item"], "left_anti")
    order = Window.partitionBy("user").orderBy(f.desc("rating"), "item")
    kept = best.withColumn("place", f.row_number().over(order)).where(f.col("place") <= limit)
    kept.write.format("noop").mode("overwrite").save()
    return began.cost(scores).per_cpu_s


@lru_cache(maxsize=1)
def _said(data: Path) -> tuple[DataFrame, tuple[int, int]]:
    """Likes and dislikes, in Spark's cache, and how many users and movies there are."""
    SparkSession.active().catalog.clearCache()
    ratings = load(data)
    wanted = preference(ratings.half_stars, WEIGHING.dislike)
    said = wanted != 0
    arrays: list[Any] = [ratings.users, ratings.movies, wanted]
    named = zip(("user", "item", "rating"), arrays, strict=True)
    return _cached({name: array[said] for name, array in named}), ratings.sides


@lru_cache(maxsize=1)
def _rated(data: Path) -> DataFrame:
    """Pairs of users and movies, in Spark's cache."""
    ratings = load(data)
    return _cached({"user": ratings.users, "item": ratings.movies})


def _cached(columns: dict[str, Any]) -> DataFrame:
    narrow = {n: c.astype(np.int32) if c.dtype == np.intp else c for n, c in columns.items()}
    table = SparkSession.active().createDataFrame(pa.table(narrow)).repartition(CORES).cache()
    table.count()
    return table


@lru_cache(maxsize=1)
def _model(data: Path, rank: int) -> ALSModel:
    """A model whose quality does not matter."""
    return _als(rank, 1).fit(_said(data)[0])


def _als(rank: int, iterations: int) -> ALS:
    return ALS(
        rank=rank,
        maxIter=iterations,
        numUserBlocks=CORES,
        numItemBlocks=CORES,
        regParam=WEIGHING.regularisation / WEIGHING.unobserved,
        alpha=1 / WEIGHING.unobserved,
        implicitPrefs=True,
        seed=SEED,
        checkpointInterval=-1,
        intermediateStorageLevel="MEMORY_ONLY",
        finalStorageLevel="MEMORY_ONLY",
    )


def _vectors(side: DataFrame, count: int, rank: int) -> als.Floats:
    """A side's vectors as rows; zeros for those that were never seen."""
    table = side.toArrow()
    rows = np.zeros((count, rank), np.float32)
    features: Any = table["features"].combine_chunks()
    rows[table["id"].to_numpy()] = features.flatten().to_numpy().reshape(-1, rank)
    return rows


def _resident_mib() -> float:
    """What this process and its Java have held at most, each by itself."""
    processes = os.getpid(), java_of(SparkSession.active())
    said = (Path(f"/proc/{one}/status").read_text() for one in processes)
    return sum(int(text.split("VmHWM:")[1].split()[0]) for text in said) / 1024


def _begin(folder: Path) -> None:
    """Start Java and Spark."""
    tell_libraries({"JAVA_HOME": str(find_java(folder).home)})
    RUNNING.enter_context(session("bench", MEMORY, folder, OPTIONS, []))


def _end() -> None:
    """Stop Spark, and Java with it."""
    RUNNING.close()

"""Which engine trains: this process, unless the ratings outgrow its memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec.structs import replace

from batch.native import Native
from batch.training import Engine
from contracts.artefact import Parameters

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

BYTES_A_RATING = 400
"""What a retrain of one rating takes at most: events, what stands of them, both sides' rows."""
MEMORY_SHARE = 0.5
"""Of the machine's memory, what a retrain may take: others live here too."""
TYPICAL_LIKES = 30
"""Of users and movies of MovieLens: the geometric mean of what either have."""


class EngineName(StrEnum):
    """What trains; `auto` goes by the number of ratings."""

    auto = "auto"
    native = "native"
    mllib = "mllib"


def chosen(name: EngineName, ratings: int, memory_bytes: int) -> EngineName:
    """The engine for so many ratings on a machine of so much memory."""
    if name is not EngineName.auto:
        return name
    fits = ratings * BYTES_A_RATING <= memory_bytes * MEMORY_SHARE
    return EngineName.native if fits else EngineName.mllib


def told(name: EngineName, parameters: Parameters) -> Parameters:
    """Parameters as the engine can have them; the same ones stay the same at every retrain."""
    if name is not EngineName.mllib:
        return parameters
    return without_base_likes(parameters, TYPICAL_LIKES)


def without_base_likes(parameters: Parameters, likes: float) -> Parameters:
    """Parameters as MLlib's objective can have them: the same ridge for one with so many likes."""
    ridge = parameters.regularisation * (1 + parameters.base_likes / likes)
    return replace(parameters, base_likes=0.0, regularisation=ridge)


@dataclass
class Engines:
    """Both engines; Spark starts when MLlib is needed first, and stays.

    Attributes:
        threads: that the native engine shares its work among.
        session: starts Spark.
        blocks: that MLlib cuts its input into.
    """

    threads: int
    session: Callable[[], "SparkSession"]
    blocks: int
    _spark: "SparkSession | None" = field(default=None, repr=False)

    def of(self, name: EngineName) -> Engine:
        """The engine of this name, not `auto`."""
        if name is EngineName.native:
            return Native(self.threads)
        from batch.mllib import MLlib

        self._spark = self._spark or self.session()
        return MLlib(self._spark, self.blocks)

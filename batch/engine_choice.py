"""Chooses the engine: the native one, unless a retrain would take much of the machine's memory.

MLlib is fed from arrays that this process holds either way: it is no way past one machine's memory.
"""

from typing import Literal

from msgspec.structs import replace

from batch.native_engine import Native
from batch.spark_sessions import Sessions
from batch.training import Engine
from contracts.hyper_parameters import Parameters
from contracts.settings import EngineName

BYTES_A_RATING = 400
"""What a retrain of one rating takes at most: events, what stands of them, both sides' rows."""
MEMORY_SHARE = 0.5
"""Of the machine's memory, what a retrain may take: others live here too."""
TYPICAL_LIKES = 30
"""Of users and movies of MovieLens: the geometric mean of what either have."""

Chosen = Literal["native", "mllib"]
BLOCKS = 2
"""That MLlib cuts its input into: this machine's Spark has two cores."""


def choose_engine(name: EngineName, ratings: int, memory_bytes: int) -> Chosen:
    """The engine for so many ratings on a machine of so much memory."""
    if name != "auto":
        return name
    return "native" if ratings * BYTES_A_RATING <= memory_bytes * MEMORY_SHARE else "mllib"


def engine_parameters(name: Chosen, parameters: Parameters) -> Parameters:
    """Parameters as the engine can have them; the same ones stay the same at every retrain."""
    return parameters if name == "native" else without_base_likes(parameters, TYPICAL_LIKES)


def without_base_likes(parameters: Parameters, likes: float) -> Parameters:
    """Parameters as MLlib's objective can have them: the same ridge for one with so many likes."""
    ridge = parameters.regularisation * (1 + parameters.base_likes / likes)
    return replace(parameters, base_likes=0.0, regularisation=ridge)


def create_engine(name: Chosen, threads: int, sessions: Sessions) -> Engine:
    """The engine of this name; Spark starts when MLlib is first asked for."""
    if name == "native":
        return Native(threads)
    from batch.mllib_engine import MLlib

    return MLlib(sessions(), BLOCKS)

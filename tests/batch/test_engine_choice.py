"""Which engine trains, and with which parameters."""

import pytest
from pyspark.sql import SparkSession

from batch.engine_choice import Chosen, choose_engine, create_engine, engine_parameters
from batch.native_engine import Native
from contracts.hyper_parameters import Parameters

GIB = 2**30


@pytest.mark.parametrize(
    ("ratings", "name"), [(1_000_000, "native"), (20_000_000, "native"), (30_000_000, "mllib")]
)
def test_this_process_trains_what_fits_half_the_memory(ratings: int, name: str) -> None:
    assert choose_engine("auto", ratings, 16 * GIB) == name


@pytest.mark.parametrize("name", ["native", "mllib"])
def test_who_names_an_engine_gets_it(name: Chosen) -> None:
    assert choose_engine(name, 10**9, GIB) == name
    assert choose_engine(name, 1, GIB) == name


def test_the_native_engine_takes_parameters_as_they_are() -> None:
    assert engine_parameters("native", Parameters()) == Parameters()


def test_mllib_shares_the_base_likes_ridge_out() -> None:
    given = Parameters(regularisation=0.02, base_likes=60)

    found = engine_parameters("mllib", given)

    assert found.base_likes == 0
    assert found.regularisation == pytest.approx(0.06)
    assert engine_parameters("mllib", found) == found


def test_spark_is_not_started_for_the_native_engine() -> None:
    def session() -> SparkSession:
        pytest.fail("asked for Spark")

    assert create_engine("native", 2, session) == Native(2)

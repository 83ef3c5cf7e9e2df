"""Which engine trains, and with which parameters."""

import pytest
from pyspark.sql import SparkSession

from batch.engines import Chosen, chosen, engine, told
from batch.native import Native
from contracts.artefact import Parameters

GIB = 2**30


@pytest.mark.parametrize(
    ("ratings", "name"), [(1_000_000, "native"), (20_000_000, "native"), (30_000_000, "mllib")]
)
def test_this_process_trains_what_fits_half_the_memory(ratings: int, name: str) -> None:
    assert chosen("auto", ratings, 16 * GIB) == name


@pytest.mark.parametrize("name", ["native", "mllib"])
def test_who_names_an_engine_gets_it(name: Chosen) -> None:
    assert chosen(name, 10**9, GIB) == name
    assert chosen(name, 1, GIB) == name


def test_the_native_engine_takes_parameters_as_they_are() -> None:
    assert told("native", Parameters()) == Parameters()


def test_mllib_shares_the_base_likes_ridge_out() -> None:
    given = Parameters(regularisation=0.02, base_likes=60)

    found = told("mllib", given)

    assert found.base_likes == 0
    assert found.regularisation == pytest.approx(0.06)
    assert told("mllib", found) == found


def test_spark_is_not_started_for_the_native_engine() -> None:
    def session() -> SparkSession:
        pytest.fail("asked for Spark")

    assert engine("native", 2, session) == Native(2)

"""Services and data for every test: taken from the environment, or started."""

import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from contracts.settings import Settings, child_environment, from_environment, tell_libraries
from tests.services import Services, running_services


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with running_services(tmp_path_factory.mktemp("services")) as services:
        yield services


@pytest.fixture(scope="session")
def redis_url(services: Services) -> str:
    return services.redis_url


@pytest.fixture(scope="session")
def kafka(services: Services) -> str:
    return services.kafka


@pytest.fixture(scope="session")
def data() -> Path:
    given = from_environment().data
    if given is not None:
        return given
    command = [sys.executable, "-m", "reelstream", "producer", "fetch"]
    fetched = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Path(fetched.stdout.strip())


@pytest.fixture
def settings(services: Services, tmp_path: Path) -> Settings:
    """Settings of a system of its own: random names on shared services."""
    name = uuid.uuid4().hex[:12]
    return Settings(
        kafka=services.kafka,
        redis_url=services.redis_url,
        topic_prefix=f"{name}.",
        key_prefix=f"{name}:1:",
        state=tmp_path / "state",
        connector_jars=services.connector_jars,
        api_port=services.free_port(),
        retrain_events=1500,
        retrain_seconds=3600,
    )


@pytest.fixture
def environment(settings: Settings, services: Services) -> dict[str, str]:
    """The same settings as a child process reads them."""
    said = settings.model_dump(mode="json", exclude_none=True)
    variables = {f"REELSTREAM_{name.upper()}": str(value) for name, value in said.items()}
    return child_environment(variables | {"JAVA_HOME": str(services.java_home)})


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    from contracts.spark import session
    from reelstream.java import find_java

    folder = tmp_path_factory.mktemp("spark")
    tell_libraries({"JAVA_HOME": str(find_java(folder).home)})
    one = session("tests", "512m", folder, {"spark.sql.shuffle.partitions": "1"})
    yield one
    one.stop()

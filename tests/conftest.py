"""Services and data for every test: taken from the environment, started, or in containers."""

import signal
import subprocess
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from pyarrow import fs
from pyspark.sql import SparkSession
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from contracts.settings import Settings, from_environment, tell_libraries
from event_log import Storage
from harness.reelstream.command_runner import reelstream
from harness.services import Origin, Services, environment_of, running_services
from reelstream.ports import free_port
from reelstream.supervisor import Supervisor
from tests.container_engine import lacking

WHOLE_SYSTEM = "tests/e2e"

hypothesis.settings.register_profile("fast", max_examples=20)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--services",
        choices=[str(one) for one in Origin],
        default=str(Origin.embedded),
        help="Where Kafka and Redis come from; `compose` runs the tests of the images alone.",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "compose: runs docker-compose.yml; --services=compose")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell starts `make test &` so, and whatever a test starts would not heed Ctrl-C either.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if lack := lacking(origin(config)):
        raise pytest.UsageError(lack)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of the images are run when they are asked for, and then alone."""
    wanted = origin(config) is Origin.compose
    left_out = [one for one in items if (one.get_closest_marker("compose") is not None) != wanted]
    config.hook.pytest_deselected(items=left_out)
    left = (one for one in items if one not in left_out)
    items[:] = sorted(left, key=lambda one: half_of(one.nodeid) != WHOLE_SYSTEM)


def half_of(nodeid: str) -> str:
    """The tests that one process runs in a row: all that start the whole system, else a file's."""
    return WHOLE_SYSTEM if nodeid.startswith(WHOLE_SYSTEM) else nodeid.partition("::")[0]


class TwoHalves(LoadScopeScheduling):  # type: ignore[misc]
    """One process has the tests that start the whole system, and the other the rest, by file.

    `--dist loadgroup` would do, but pytest-xdist 3.8 marks no groups under pytest 9.
    """

    def _split_scope(self, nodeid: str) -> str:
        return half_of(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> TwoHalves:
    return TwoHalves(config, log)


def origin(config: pytest.Config) -> Origin:
    """What `--services` says."""
    return Origin(config.getoption("services"))


@pytest.fixture
def log(tmp_path: Path) -> Storage:
    """An event log that nothing has landed in."""
    return Storage.of(str(tmp_path / "log"))


@pytest.fixture(scope="session")
def object_store() -> Iterator[str]:
    """An S3 server with a bucket `movies`; how a client finds it, as options of an address."""
    from moto.server import ThreadedMotoServer  # only who wants an object store waits for this

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    options = f"scheme=http&endpoint_override=127.0.0.1:{port}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "anybody")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "anything")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        address = f"s3://movies?{options}&allow_bucket_creation=true"
        filesystem, bucket = fs.FileSystem.from_uri(address)
        filesystem.create_dir(bucket)
        yield options
    server.stop()


@pytest.fixture(scope="session")
def services(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Services]:
    folder = tmp_path_factory.mktemp("services")
    with running_services(folder, origin(pytestconfig)) as services:
        yield services


@pytest.fixture(scope="session")
def redis_url(services: Services) -> str:
    return services.redis_url


@pytest.fixture(scope="session")
def kafka(services: Services) -> str:
    return services.kafka


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    given = from_environment().data
    if given is not None:
        return given
    command = reelstream("producer", "fetch")
    fetched = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    folder = tmp_path_factory.mktemp("data")
    with zipfile.ZipFile(fetched.stdout.strip()) as archive:
        archive.extractall(folder)
    return next(folder.iterdir())


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
        api_port=free_port(),
        retrain_events=1500,
        retrain_seconds=3600,
    )


@pytest.fixture
def environment(settings: Settings, services: Services) -> dict[str, str]:
    """The same settings as a child process reads them."""
    return environment_of(settings, services.java_home)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    one = Supervisor(tmp_path / "logs", lambda _: None)
    yield one
    one.stop()


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    from contracts.spark_session import session
    from reelstream.java import find_java

    folder = tmp_path_factory.mktemp("spark")
    tell_libraries({"JAVA_HOME": str(find_java(folder).home)})
    with session("tests", "512m", folder, {"spark.sql.shuffle.partitions": "1"}, []) as one:
        yield one

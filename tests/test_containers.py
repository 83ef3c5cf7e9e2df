"""What the images, their locks and docker-compose.yml promise, checked without Docker."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from contracts.settings import Settings, child_environment
from harness.containers import KAFKA_IMAGE, REDIS_IMAGE

ROOT = Path(__file__).parent.parent
COMPOSE = (ROOT / "docker-compose.yml").read_text()
NO_ENGINE = {"DOCKER_HOST": "unix:///nowhere.sock"}
SPARK_ALONE = {"pyspark", "py4j", "pandas"}
NO_TESTS_RUN, USAGE = 5, 4


def pins(name: str) -> dict[str, list[str]]:
    """A lock's packages by name: version and hashes."""
    text = (ROOT / name).read_text()
    blocks = re.findall(r"^\w.*?(?=^\w|\Z)", text, re.M | re.S)
    return {
        re.split("==", block)[0]: re.findall(r"==\S+|sha256:\w+", block)
        for block in blocks
        if "==" in block
    }


def pytest_says(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Pytest in a process of its own, where no engine answers."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    environment = child_environment(NO_ENGINE)
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_the_images_have_the_packages_that_are_tested() -> None:
    tested, spark = pins("locks/dev.lock"), pins("locks/run.lock")

    assert len(spark) > 20
    assert {name: tested[name] for name in spark} == spark


def test_the_slim_image_lacks_what_only_spark_needs() -> None:
    slim, spark = pins("locks/slim.lock"), pins("locks/run.lock")

    assert {name: spark[name] for name in slim} == slim
    assert spark.keys() - slim.keys() >= SPARK_ALONE


def test_a_build_sees_every_room_and_nothing_else() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    rooms = set(wheel["targets"]["wheel"]["packages"]) - {"tests"}

    first, *lines = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}

    assert first == "*"
    assert {name for name in let_in if (ROOT / name).is_dir()} == rooms


def test_every_port_is_bound_on_loopback() -> None:
    ports = re.findall(r'ports: \["(.+?)"\]', COMPOSE)

    assert len(ports) == COMPOSE.count("ports:")
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_every_image_has_a_version_and_the_tests_take_the_same() -> None:
    images = re.findall(r"image: (\S+)", COMPOSE)
    foreign = {image for image in images if not image.startswith("reelstream-")}

    assert foreign > {KAFKA_IMAGE, REDIS_IMAGE}
    assert [image for image in foreign if not re.search(r":v?\d", image)] == []


def test_containers_are_given_no_setting_that_there_is_not() -> None:
    given = set(re.findall(r"^ +REELSTREAM_(\w+):", COMPOSE, re.M))

    assert {name.lower() for name in given} <= set(Settings.model_fields)


@pytest.mark.slow
def test_tests_of_the_images_are_left_out_and_counted_unless_they_are_asked_for() -> None:
    ended = pytest_says("--collect-only", "tests/e2e/test_compose.py")

    assert ended.returncode == NO_TESTS_RUN
    assert "2 deselected" in ended.stdout


@pytest.mark.slow
@pytest.mark.parametrize("services", ["docker", "compose"])
def test_without_an_engine_nothing_is_begun(services: str) -> None:
    ended = pytest_says(f"--services={services}")

    assert ended.returncode == USAGE
    assert ended.stderr.split("\n\n")[0].startswith("ERROR: --services=")
    assert "no Docker engine answers" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_without_docker_the_script_says_so_in_one_line(tmp_path: Path) -> None:
    for name in ("bash", "dirname"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")

    ended = subprocess.run(
        [ROOT / "scripts" / "test-compose"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 2
    assert re.fullmatch(r"error: no docker \(PATH\): .+\n", ended.stderr)

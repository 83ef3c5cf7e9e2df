"""Reelstream in containers, as docker-compose.yml has it, for one test."""

import subprocess
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contracts.settings import Settings, child_environment
from harness.e2e.running_system import System
from reelstream.ports import free_port

ROOT = Path(__file__).parents[2]
EVERYTHING = ("--profile", "*")
LONG_RUNNING = ("kafka", "redis", "streaming", "speed", "batch", "api")
FOLDER = Path("/data")
"""Where a container sees the data set."""


@dataclass
class Composed(System):
    """A project of Docker Compose; commands run in containers of their own beside its services."""

    def command(self, *arguments: str) -> list[str]:
        """`reelstream …` where both the data set and the state are mounted."""
        beside = ("run", "--rm", "--no-deps", "-T", "catalogue")
        return ["docker", "compose", *EVERYTHING, *beside, *arguments]

    def event_log(self) -> Path:
        """A copy of the event log: the volume belongs to the containers' user."""
        self.compose("cp", "streaming:/state/event-log", self.settings.log_address)
        return Path(self.settings.log_address)

    def dead(self) -> list[str]:
        """Nobody stays dead: the engine starts them again, and `restarted` tells."""
        return []

    def restarted(self) -> list[str]:
        """The services that were not there from beginning to end."""
        running = self.compose("ps", "--services", "--status", "running").split()
        return [one for one in LONG_RUNNING if one not in running or self.restarts(one) != "0"]

    def restarts(self, service: str) -> str:
        """How often the engine has had to start it again."""
        return self.docker("inspect", "-f", "{{.RestartCount}}", self.container(service)).strip()

    def exit_code(self, service: str) -> str:
        """How a service ended, as soon as it has."""
        return self.docker("wait", self.container(service)).strip()

    def container(self, service: str) -> str:
        """The container of a service."""
        return self.compose("ps", "--all", "--quiet", service).strip()

    def words(self) -> str:
        """The last lines of every service and every command."""
        said = self.compose("logs", "--no-color", "--tail", "15")
        return f"{super().words()}\n{said}"

    def compose(self, *arguments: str) -> str:
        """Run `docker compose …` to its end, which must be 0; its output."""
        return self.docker("compose", *EVERYTHING, *arguments)

    def docker(self, *arguments: str) -> str:
        """Run `docker …` to its end, which must be 0; its output."""
        done = subprocess.run(
            ["docker", *arguments],
            cwd=ROOT,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"docker {' '.join(arguments)}: {done.stderr[-2000:]}"
        return done.stdout


@contextmanager
def composed(
    folder: Path, data: Path, services: Sequence[str], retrain_seconds: int
) -> Iterator[Composed]:
    """These services and all they need, on ports of their own; nothing of them is left."""
    settings = Settings(
        kafka=f"127.0.0.1:{free_port()}",
        redis_url=f"redis://127.0.0.1:{free_port()}/0",
        api_port=free_port(),
        state=folder / "state",
        retrain_seconds=retrain_seconds,
    )
    environment = child_environment(variables(settings, data))
    (folder / "logs").mkdir()
    settings.state.mkdir()
    system = Composed(settings, environment, folder / "logs", FOLDER)
    try:
        system.compose("up", "--detach", "--wait", *services)
        yield system
    finally:
        system.compose("down", "--volumes", "--remove-orphans", "--timeout", "10")


def a_name() -> str:
    """A project that nobody else has."""
    return f"reelstream-test-{uuid.uuid4().hex[:8]}"


def variables(settings: Settings, data: Path) -> Mapping[str, str]:
    """What docker-compose.yml takes from the environment."""
    return {
        "COMPOSE_PROJECT_NAME": a_name(),
        "COMPOSE_FILE": str(ROOT / "docker-compose.yml"),
        "REELSTREAM_DATA": str(data.resolve()),
        "REELSTREAM_PARTITIONS": str(settings.partitions),
        "REELSTREAM_KAFKA_PORT": settings.kafka.rpartition(":")[2],
        "REELSTREAM_REDIS_PORT": settings.redis_url.rpartition(":")[2].removesuffix("/0"),
        "REELSTREAM_API_PORT": str(settings.api_port),
        "REELSTREAM_RETRAIN_SECONDS": str(settings.retrain_seconds),
        "REELSTREAM_DEMO_RATE": "500",
    }

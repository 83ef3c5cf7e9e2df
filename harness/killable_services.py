"""Kafka and Redis of one's own, to be killed, frozen and started again at the same address."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from harness.freeze_process import freeze, frozen
from harness.reelstream.command_runner import alive
from harness.reelstream.process_restarter import until
from harness.services import (
    STARTED_WITHIN_S,
    kafka_address,
    kafka_child,
    redis_address,
    redis_child,
    supervised,
    wait_for_redis,
)
from kafka_clients import Admin, wait_for_broker
from reelstream.ports import Ports, remembered_ports
from reelstream.supervisor import Child, Supervisor

ENDED_WITHIN_S = 10


@dataclass(frozen=True)
class KillableService:
    """Kafka or Redis.

    Once killed, it is dead until it is started; where its supervisor checks, that starts it.

    Attributes:
        address: how its clients find it, all its life.
        answering: returns as soon as it does.
    """

    supervisor: Supervisor
    child: Child
    address: str
    answering: Callable[[], None]

    def start(self) -> None:
        """Start it, again perhaps; it answers then."""
        self.stop()
        self.supervisor.start(self.child)
        self.answering()

    def stop(self) -> None:
        """End it in good order."""
        self.supervisor.end(self.child.name, ENDED_WITHIN_S)

    def kill(self) -> None:
        """End it without a word, and see that it is dead."""
        victim = self._process()
        victim.kill()
        until(lambda: not alive(victim), f"dead: {self.child.name}", self.supervisor)

    def freeze(self) -> None:
        """Have it take connections, and answer nothing."""
        freeze(self._process())

    def thaw(self) -> None:
        """Have it go on."""
        self._process().resume()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Within, it takes connections, and answers nothing."""
        with frozen(self._process()):
            yield

    def _process(self) -> psutil.Process:
        """The one that runs, or will again."""
        until(lambda: self._pids() != [], f"there: {self.child.name}", self.supervisor)
        return psutil.Process(self._pids()[0])

    def _pids(self) -> list[int]:
        ours = (one for one in self.supervisor.processes() if one.name == self.child.name)
        return [one.pid for one in ours if one.pid is not None]


@dataclass(frozen=True)
class KillableServices:
    """Kafka and Redis, and who starts them."""

    supervisor: Supervisor
    kafka: KillableService
    redis: KillableService


@contextmanager
def own_services(folder: Path) -> Iterator[KillableServices]:
    """Within, both answer."""
    with supervised(folder) as supervisor:
        ports = remembered_ports(folder)
        yield KillableServices(
            supervisor, _kafka(supervisor, folder, ports), _redis(supervisor, folder, ports)
        )


@contextmanager
def own_kafka(
    folder: Path, topics: Mapping[str, tuple[int, Mapping[str, str]]] | None = None
) -> Iterator[KillableService]:
    """Within, a broker answers that has these topics: partitions and settings by name."""
    with supervised(folder) as supervisor:
        one = _kafka(supervisor, folder, remembered_ports(folder))
        if topics:
            with closing(Admin(one.address)) as admin:
                admin.create(topics)
        yield one


@contextmanager
def own_redis(folder: Path) -> Iterator[KillableService]:
    """Within, a Redis answers."""
    with supervised(folder) as supervisor:
        yield _redis(supervisor, folder, remembered_ports(folder))


def _kafka(supervisor: Supervisor, folder: Path, ports: Ports) -> KillableService:
    address = kafka_address(ports)
    answering = partial(wait_for_broker, address, STARTED_WITHIN_S)
    return _started(supervisor, kafka_child(folder, ports), address, answering)


def _redis(supervisor: Supervisor, folder: Path, ports: Ports) -> KillableService:
    address = redis_address(ports)
    return _started(
        supervisor, redis_child(folder, ports), address, partial(wait_for_redis, address)
    )


def _started(
    supervisor: Supervisor, child: Child, address: str, answering: Callable[[], None]
) -> KillableService:
    one = KillableService(supervisor, child, address, answering)
    one.start()
    return one

"""What is judged: a system with a Kafka, a Redis and processes of its own, asked over HTTP."""

import http.client
import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from bench.cpu_timer import Cost
from harness.killable_services import KillableServices
from harness.reelstream.process_restarter import Restarted

USERS, ROWS = 610, 100_000
"""Of ml-latest-small: users are numbered from one, and there are some more rows."""
GIVES_UP_AFTER_S = 10.0
OK = range(200, 300)


class Answer(NamedTuple):
    """A list as it was answered.

    Attributes:
        status: of HTTP; 0 if there was no answer in time.
        movies: ids and scores, the best first.
        personal: whether it is this person's own.
    """

    status: int
    movies: tuple[tuple[int, float], ...] = ()
    personal: bool = False


class Counts(NamedTuple):
    """What was kept and counted, beside what the topic says.

    Attributes:
        records: of the topic.
        lost: ratings that what models learn from lacks.
        double: ratings that are in there more than once.
        wrong: counts and histories that are not what they should be.
    """

    records: int
    lost: int
    double: int
    wrong: int


class System(Protocol):
    """A system that is judged."""

    name: str
    services: KillableServices
    running: list[Restarted]
    """Its processes, the API last."""

    def begin(self, *, learning: bool) -> None:
        """Start its processes; without learning, no model is trained unless it is told to."""

    def end(self) -> None:
        """End its processes, in good order."""

    def send(self, first: int, end: int) -> None:
        """Send these rows of the release as fast as it goes."""

    def live(self, first: int, end: int, per_s: float) -> AbstractContextManager[Restarted]:
        """Within, these rows come at a rate."""

    def send_raw(self, values: list[bytes]) -> None:
        """Send records that are not ratings."""

    def ends(self) -> int:
        """Records of the topic."""

    def applied(self) -> int:
        """Records that all of its parts have processed."""

    def learn(self) -> Cost:
        """Train on all that came, and publish; what this took."""

    def list_of(self, user: int) -> Answer:
        """Somebody's top ten."""

    def rate(self, user: int, movie: int, stars: float) -> int:
        """Rate a movie; the status."""

    def path_of(self, user: int) -> str:
        """Path of a person's top ten."""

    def port(self) -> int:
        """Of the API."""

    def kept(self) -> int:
        """Ratings that models learn from."""

    def counts(self) -> Counts:
        """What was kept and counted, beside what the topic says."""


def with_lists(system: System) -> list[int]:
    """Users who have lists of their own."""
    return [user for user in range(1, USERS + 1) if system.list_of(user).personal]


def ask(port: int, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
    """Status and content of an answer; 0 if there is none in time."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=GIVES_UP_AFTER_S)
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read()
        return answer.status, json.loads(said) if answer.status in OK else {}
    except (OSError, http.client.HTTPException):
        return 0, {}
    finally:
        connection.close()


def log_of(folder: Path, name: str) -> Path:
    """Where a process of this name says what it says."""
    (folder / "logs").mkdir(exist_ok=True)
    return folder / "logs" / f"{name}.log"

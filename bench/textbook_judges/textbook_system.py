"""The textbook on embedded services: what has ended is started again."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import confluent_kafka
import pyarrow.dataset
import redis

from bench.cpu_timer import Cost
from bench.textbook_judges.system import Answer, Counts, ask, log_of
from contracts.settings import Settings, child_environment
from harness.checker.topic_dump import dump
from harness.killable_services import KillableServices, own_services
from harness.killable_system import next_offsets
from harness.reelstream.process_restarter import Restarted
from harness.services import connector_jars, java_with_jars
from kafka_clients import Admin
from reelstream.ports import free_port
from streaming.checkpoint_files import committed

TOPIC, PARTITIONS = "ratings", 4
EVERY, NEVER = str(Settings().retrain_events), str(10**9)
"""Ratings after which it trains: as many as ours."""
Rated = tuple[int, int, float, int]


@dataclass
class Textbook:
    """The control, and where it runs."""

    name: str
    services: KillableServices
    folder: Path
    data: Path
    variables: dict[str, str]
    api_port: int = field(default_factory=free_port)
    running: list[Restarted] = field(default_factory=list)

    def begin(self, *, learning: bool) -> None:
        """Start its two processes."""
        self.variables["RETRAIN_EVERY"] = EVERY if learning else NEVER
        serve = [sys.executable, "-m", "uvicorn", "bench.textbook.api:app", "--no-access-log"]
        self._start("streaming", [sys.executable, "-m", "bench.textbook.streaming"])
        self._start("api", [*serve, "--port", str(self.api_port)])

    def end(self) -> None:
        """End them."""
        for one in self.running:
            one.process.terminate()
            one.process.wait()
            one.kill()  # Spark's Java, which may outlive its Python
        self.running.clear()

    def send(self, first: int, end: int) -> None:
        """Send rows as fast as it goes."""
        self._run(self._sending(first, end, 0))

    def live(self, first: int, end: int, per_s: float) -> AbstractContextManager[Restarted]:
        """Within, rows come at a rate."""
        log = log_of(self.folder, "live")
        return Restarted(self._sending(first, end, per_s), self.variables, log).begun()

    def send_raw(self, values: list[bytes]) -> None:
        """Send records that are not ratings."""
        producer = confluent_kafka.Producer({"bootstrap.servers": self.services.kafka.address})
        for value in values:
            producer.produce(TOPIC, value, b"1")
        producer.flush()

    def ends(self) -> int:
        """Records of the topic."""
        return sum(next_offsets(self.services.kafka.address, TOPIC, PARTITIONS).values())

    def applied(self) -> int:
        """Records that committed batches had."""
        mark = committed(self.folder / "ratings" / "checkpoint")
        return sum(mark.end.values()) if mark else 0

    def learn(self) -> Cost:
        """Train once more in a Spark of its own that is warm, as the application's is."""
        command = [sys.executable, "-m", "bench.textbook_judges.textbook_training"]
        return Cost(1, *json.loads(self._run(command).splitlines()[-1]))

    def list_of(self, user: int) -> Answer:
        """Somebody's top ten, or what is popular."""
        status, said = ask(self.api_port, "GET", self.path_of(user))
        if not said:
            return Answer(status)
        movies = ((one["movieId"], one.get("rating", 0.0)) for one in said["recommendations"])
        return Answer(status, tuple(movies), said["source"] == "als")

    def rate(self, user: int, movie: int, stars: float) -> int:
        """Rate a movie; the status."""
        body = {"userId": user, "movieId": movie, "rating": stars}
        return ask(self.api_port, "POST", "/ratings", body)[0]

    def path_of(self, user: int) -> str:
        """Path of a person's top ten."""
        return f"/recommendations/{user}"

    def port(self) -> int:
        """Of the API."""
        return self.api_port

    def kept(self) -> int:
        """Rows of Parquet."""
        return self._parquet().total()

    def counts(self) -> Counts:
        """Parquet and counts of ratings, beside the topic."""
        rows = dump(self.services.kafka.address, TOPIC)
        sent = Counter(_rated(json.loads(row.value or b"{}")) for row in rows)
        store = redis.Redis.from_url(self.services.redis.address)
        counted: list[Any] = store.zrange("popular", 0, -1, withscores=True)
        found = Counter({int(movie): int(count) for movie, count in counted})
        return compared(sent, self._parquet(), found)

    def _parquet(self) -> "Counter[Rated]":
        folder = self.folder / "ratings" / "parquet"
        table = pyarrow.dataset.dataset(folder, format="parquet").to_table()
        return Counter(_rated(row) for row in table.to_pylist())

    def _run(self, command: list[str]) -> str:
        """Run a command to its end, which must be good; what it says."""
        with log_of(self.folder, "once").open("ab") as log:
            done = subprocess.run(
                command, env=self.variables, check=True, stdout=subprocess.PIPE, stderr=log
            )
        return done.stdout.decode()

    def _start(self, name: str, command: list[str]) -> None:
        one = Restarted(command, self.variables, log_of(self.folder, name))
        one.start()
        self.running.append(one)

    def _sending(self, first: int, end: int, per_s: float) -> list[str]:
        words = [str(self.data / "ratings.csv"), str(first), str(end), str(per_s)]
        return [sys.executable, "-m", "bench.textbook.producer", *words]


def compared(sent: "Counter[Rated]", kept: "Counter[Rated]", counted: "Counter[int]") -> Counts:
    """What was sent beside what was kept, and beside how often each movie was counted."""
    should = Counter(movie for _, movie, _, _ in sent.elements())
    wrong = sum(counted[movie] != should[movie] for movie in counted.keys() | should.keys())
    return Counts(sent.total(), (sent - kept).total(), (kept - sent).total(), wrong)


def _rated(row: dict[str, object]) -> Rated:
    user, movie, rating, at = (row[name] for name in ("userId", "movieId", "rating", "timestamp"))
    return int(str(user)), int(str(movie)), float(str(rating)), int(str(at))


@contextmanager
def textbook(folder: Path, data: Path, *, implicit: bool) -> Iterator[Textbook]:
    """Within, the services of a textbook that is not started yet."""
    folder.mkdir()
    with own_services(folder) as services:
        with closing(Admin(services.kafka.address)) as admin:
            admin.create({TOPIC: (PARTITIONS, {})})
        variables = {
            "KAFKA": services.kafka.address,
            "REDIS_URL": services.redis.address,
            "RATINGS": str(folder / "ratings"),
            "JARS": ",".join(map(str, sorted(connector_jars().glob("*.jar")))),
            "IMPLICIT": "yes" if implicit else "no",
            "JAVA_HOME": str(java_with_jars(folder).home),
            "PYSPARK_PYTHON": sys.executable,
        }
        one = Textbook("textbook", services, folder, data, child_environment(variables))
        try:
            yield one
        finally:
            for process in one.running:
                process.end()

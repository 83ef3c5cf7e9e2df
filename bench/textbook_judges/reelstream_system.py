"""Reelstream, as `harness.killable_system` runs it, behind what the textbook is judged by."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import confluent_kafka

from bench.cpu_timer import Cost
from bench.textbook_judges.poison import USER
from bench.textbook_judges.system import Answer, Counts, ask, log_of
from contracts.list_precedence import Source
from contracts.partitioner import partition_of
from harness.checker.actual_state import found_in
from harness.checker.compare_states import violations
from harness.e2e.running_system import PROCESSES
from harness.e2e.streaming_job import expected_and_found
from harness.killable_services import KillableServices
from harness.killable_system import KillableSystem, killable_system, next_offsets
from harness.reelstream.command_runner import reelstream
from harness.reelstream.process_restarter import Restarted
from harness.streaming.verdicts import judged
from streaming.checkpoint_files import marks

PERSONAL = {Source.fold_in, Source.batch}


@dataclass
class Reelstream:
    """Ours, and where it runs."""

    name: str
    on: KillableSystem
    services: KillableServices = field(init=False)
    running: list[Restarted] = field(init=False)

    def __post_init__(self) -> None:
        """Show what is judged."""
        self.services, self.running = self.on.services, self.on.restarted

    def begin(self, *, learning: bool) -> None:
        """Start its processes."""
        for name, words in PROCESSES.items():
            if learning or name != "batch":
                self.on.start(name, *words)

    def end(self) -> None:
        """End them."""
        for one in self.running:
            one.process.terminate()
        for one in self.running:
            one.process.wait()
        self.running.clear()

    def send(self, first: int, end: int) -> None:
        """Send rows as fast as it goes."""
        subprocess.run(
            self._sending(first, end), env=self.on.environment, check=True, capture_output=True
        )

    def live(self, first: int, end: int, per_s: float) -> AbstractContextManager[Restarted]:
        """Within, rows come at a rate."""
        ledger = ["--resume", "--ledger", str(self.on.folder / f"live-{first}.ledger")]
        command = [*self._sending(first, end), "--rate", str(per_s), *ledger]
        log = log_of(self.on.folder, "live")
        return Restarted(command, self.on.environment, log).begun()

    def send_raw(self, values: list[bytes]) -> None:
        """Send records that are not ratings."""
        settings = self.on.settings
        partition = partition_of(USER, settings.partitions)
        producer = confluent_kafka.Producer({"bootstrap.servers": settings.kafka})
        for value in values:
            producer.produce(settings.topics.ratings, value, str(USER).encode(), partition)
        producer.flush()

    def ends(self) -> int:
        """Records of the topic."""
        settings = self.on.settings
        found = next_offsets(settings.kafka, settings.topics.ratings, settings.partitions)
        return sum(found.values())

    def applied(self) -> int:
        """Records that event log, trends and histories reflect."""
        found = [sum(mark.end.values()) for mark in marks(self.on.settings.checkpoints).values()]
        positions = map(self.on.store.position, range(self.on.settings.partitions))
        return min([*found, sum(one.next_offset for one in positions)]) if len(found) > 1 else 0

    def learn(self) -> Cost:
        """Train and publish once, in a process that starts for it."""
        words = ["bash", "-c", 'time "$@"', "bash", *reelstream("batch", "train")]
        environment = {**self.on.environment, "TIMEFORMAT": "[%R, %U, %S]"}
        done = subprocess.run(words, env=environment, check=True, capture_output=True, text=True)
        wall_s, *cpu_s = json.loads(done.stderr.splitlines()[-1])
        return Cost(1, sum(cpu_s), wall_s)

    def list_of(self, user: int) -> Answer:
        """Somebody's top ten, or what is popular."""
        status, said = ask(self.port(), "GET", self.path_of(user))
        if not said:
            return Answer(status)
        movies = ((one["movie_id"], one["score"]) for one in said["items"])
        return Answer(status, tuple(movies), said["source"] in PERSONAL)

    def rate(self, user: int, movie: int, stars: float) -> int:
        """Rate a movie; the status."""
        body = {"movie_id": movie, "rating": stars}
        return ask(self.port(), "POST", f"/users/{user}/ratings", body)[0]

    def path_of(self, user: int) -> str:
        """Path of a person's top ten."""
        return f"/users/{user}/recommendations"

    def port(self) -> int:
        """Of the API."""
        return self.on.settings.api_port

    def kept(self) -> int:
        """Valid rows of the event log."""
        settings = self.on.settings
        found = found_in(settings.redis_url, settings.key_prefix, Path(settings.log_address))
        return sum(row.valid for rows in found.log.values() for row in rows)

    def counts(self) -> Counts:
        """Event log, trends and histories, beside the topic."""
        verdict = judged(*expected_and_found(self.on.settings, self.on.data))
        _, truth, found = self.on.speed_layer()
        wrong = verdict.wrong + len(violations(truth, found))
        return Counts(verdict.records, verdict.lost, verdict.double, wrong)

    def _sending(self, first: int, end: int) -> list[str]:
        span = ["--from", str(first), "--until", str(end), "--clock", "now"]
        return reelstream("producer", "replay", str(self.on.data), *span)


@contextmanager
def ours(folder: Path, data: Path) -> Iterator[Reelstream]:
    """Within, the services of a Reelstream that is not started yet."""
    folder.mkdir()
    with killable_system(folder, data) as on:
        yield Reelstream("reelstream", on)

"""How a retrain slows the other processes on a machine: `python -m bench.retrain_beside`.

All processes of Reelstream run on a broker and a Redis of their own, the trainer at niceness 19 as
`reelstream up` starts it. A million generated ratings are loaded and a first model is trained; then
ratings trickle in at 100 a second. In turns the trainer rests, and is asked by hand for a model of
everything. Meanwhile a person's list is asked for 50 times a second, each answer timed from when
it was due; and twice a second a rating is sent and timed until the event log has it. `--quick` has
50 thousand ratings and one short turn.
"""

import http.client
import random
import statistics
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from http import HTTPStatus
from itertools import count
from pathlib import Path
from subprocess import run
from threading import Event
from typing import Annotated, NamedTuple

import confluent_kafka
import typer

from bench.benchmark_report import AsJson, Figure, Keep, percentile, report
from bench.fixtures import (
    MOVIES,
    REELSTREAM,
    USERS,
    WITHIN_S,
    appended,
    prepared_settings,
    scratch_services,
)
from bench.replay_fixtures import trickle
from contracts.clock import now_ms
from contracts.events import Event as Rating
from contracts.events import Kind
from contracts.retrain_log_entries import Decision, Trigger, request
from contracts.settings import Settings
from event_log import Storage, ends
from harness.e2e.running_system import PROCESSES
from harness.eventually import eventually
from harness.services import Services, environment_of
from kafka_clients.retrain_log import RetrainLog
from reelstream.local_stack import TRAINER_NICE
from reelstream.ports import free_port
from reelstream.supervisor import Child, Supervisor

TRICKLE_PER_S = 100
ASKED_EVERY_S, SENT_EVERY_S, LOOK_EVERY_S = 0.02, 0.5, 0.01
NEVER = {"retrain_events": 10**9, "retrain_seconds": 10**7}


class Plan(NamedTuple):
    """How much is loaded, how many turns follow, and seconds of one without a retrain."""

    ratings: int
    users: int
    turns: int
    rest_s: float


FULL, QUICK = Plan(1_000_000, USERS, 4, 60), Plan(50_000, USERS // 20, 1, 8)


class Retrained(NamedTuple):
    """What was decided, and after how many seconds."""

    seconds: float
    decision: Decision


class Probed(NamedTuple):
    """Milliseconds of every answer of the API and of every rating's way into the event log."""

    answers: list[float]
    landed: list[float]


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Few ratings, one short turn.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Measure the API's and streaming's latency with and without a retrain beside them."""
    plan = QUICK if quick else FULL
    alone, metadata = Probed([], []), Probed([], [])
    took: list[Retrained] = []
    with scratch_services() as (folder, services):
        more = round(TRICKLE_PER_S * plan.turns * (plan.rest_s + WITHIN_S))
        settings = prepared_settings(folder, services, plan.ratings + more, plan.users)
        settings = settings.model_copy(update=NEVER | {"api_port": free_port()})
        with everything(folder, settings, services, plan.ratings):
            for turn in range(plan.turns):
                sys.stderr.write(f"turn {turn + 1} of {plan.turns}\n")
                with probing(settings, plan.users, alone):
                    time.sleep(plan.rest_s)
                with probing(settings, plan.users, metadata):
                    took.append(retrained(settings))
    report("retrain_beside", figures(plan, alone, metadata, took), as_json, keep)


@contextmanager
def everything(
    folder: Path, settings: Settings, services: Services, ratings: int
) -> Iterator[None]:
    """Within, all processes, a model of so many ratings, and a trickle of further ones."""
    variables = environment_of(settings, services.java_home) | {"OPENBLAS_NUM_THREADS": "1"}
    replay = [*REELSTREAM, "producer", "replay", str(folder / "set"), "--clock", "now"]
    supervisor = Supervisor(folder / "logs", lambda _: None)
    try:
        for name, arguments in PROCESSES.items():
            nice = TRAINER_NICE if name == "batch" else 0
            supervisor.start(Child(name, [*REELSTREAM, *arguments], variables, nice=nice))
        run([*replay, "--until", str(ratings)], env=variables, check=True, capture_output=True)
        eventually(lambda: landed(settings) >= ratings, WITHIN_S, "the history in the event log")
        if (first := retrained(settings).decision).version is None:
            raise RuntimeError(f"{first.outcome}: {first.reason}")
        errors = folder / "trickle.err"
        with trickle(folder / "set", ratings, TRICKLE_PER_S, variables, errors):
            yield
    finally:
        supervisor.stop()


def landed(settings: Settings) -> int:
    """Records of the event log."""
    return sum(ends(Storage.of(settings.log_address)).values())


def retrained(settings: Settings) -> Retrained:
    """Ask for a model of everything, and wait for the decision."""
    began = time.monotonic()
    with closing(RetrainLog(settings.kafka, settings.topics.retrain, "bench")) as log:
        before = len(log.state().decisions)
        log.append(request(Trigger.hand, ends(Storage.of(settings.log_address)), now_ms()))
        eventually(lambda: len(log.state().decisions) > before, WITHIN_S, "decision")
        decision = log.state().decisions[-1]
    return Retrained(time.monotonic() - began, decision)


@contextmanager
def probing(settings: Settings, users: int, found: Probed) -> Iterator[None]:
    """Within, both probes look; what they measure is added."""
    until = Event()
    with ThreadPoolExecutor(2) as pool:
        answers = pool.submit(answered, settings, users, until)
        ways = pool.submit(sent_and_landed, settings, users, until)
        try:
            yield
        finally:
            until.set()
        found.answers.extend(answers.result())
        found.landed.extend(ways.result())


def answered(settings: Settings, users: int, until: Event) -> list[float]:
    """Milliseconds of each answer, from when it was due."""
    connection = http.client.HTTPConnection(settings.api_host, settings.api_port, timeout=10)
    draw, took, began = random.Random(1), [], time.monotonic()
    for n in count():
        due = began + n * ASKED_EVERY_S
        if until.wait(max(0.0, due - time.monotonic())):
            break
        connection.request("GET", f"/users/{draw.randint(1, users)}/recommendations")
        answer = connection.getresponse()
        answer.read()
        if answer.status != HTTPStatus.OK:
            raise RuntimeError(f"the API answers {answer.status}")
        took.append((time.monotonic() - due) * 1000)
    connection.close()
    return took


def sent_and_landed(settings: Settings, users: int, until: Event) -> list[float]:
    """Milliseconds from sending a rating until the event log has it."""
    producer = confluent_kafka.Producer({"bootstrap.servers": settings.kafka, "linger.ms": 0})
    draw, took = random.Random(2), []
    while not until.wait(SENT_EVERY_S):
        began = time.monotonic()
        user, movie = draw.randint(1, users), draw.randint(1, MOVIES)
        rating = Rating(Kind.rated, str(uuid.uuid4()), user, movie, 8, now_ms())
        landing = partial(has, settings, *appended(producer, settings, rating))
        eventually(landing, WITHIN_S, "rating in the event log", LOOK_EVERY_S)
        took.append((time.monotonic() - began) * 1000)
    return took


def has(settings: Settings, partition: int, offset: int) -> bool:
    """Whether the event log has a record."""
    return ends(Storage.of(settings.log_address)).get(partition, 0) > offset


def figures(plan: Plan, alone: Probed, metadata: Probed, took: list[Retrained]) -> list[Figure]:
    """Percentiles over all turns, and their ratios."""
    rows = [
        Figure("ratings", plan.ratings, "", "", None),
        Figure("retrains", len(took), "", "", None),
        Figure(
            "of these published",
            sum(one.decision.version is not None for one in took),
            "",
            "",
            None,
        ),
        Figure(
            "a retrain, in the median",
            round(statistics.median(one.seconds for one in took), 1),
            "s",
            "",
            None,
        ),
    ]
    for what, rest, busy in (
        ("a list from the API", alone.answers, metadata.answers),
        ("sent to landed", alone.landed, metadata.landed),
    ):
        for percent in (50, 95, 99):
            one, other = percentile(rest, percent), percentile(busy, percent)
            title = f"{what}, p{percent}"
            rows += [
                Figure(f"{title}, alone", round(one, 1), "ms", "", None),
                Figure(f"{title}, beside a retrain", round(other, 1), "ms", "", None),
                Figure(f"{title}, beside / alone", round(other / one, 2), "", "", None),
            ]
    return rows


if __name__ == "__main__":
    typer.run(main)

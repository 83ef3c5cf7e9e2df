"""The steps that `reelstream demo` and `reelstream up` have in common."""

from contextlib import closing
from pathlib import Path

from contracts.clients import KafkaError
from contracts.clock import now_ms
from contracts.requests import RetrainLog, Trigger, request
from contracts.topics import reached
from reelstream.feed import Feed
from reelstream.machine import TRAINER_NICE
from reelstream.progress import Checklist, State, Step
from reelstream.run import Run

STEPS = ("Page", "Kafka", "History", "First model")


def checklist(path: Path) -> Checklist:
    """The checklist of a start."""
    return Checklist(path, [Step(name) for name in STEPS])


def open_services(run: Run, data: Path) -> bool:
    """Start page, Redis and Kafka; the page answers before anything else is up."""
    run.checklist.set("Page", State.running)
    run.checklist.set("Kafka", State.running)
    run.machine.start_redis()
    run.machine.start("api", "api", "run")
    run.machine.start_kafka()
    run.machine.start("catalogue", "producer", "catalogue", str(data), once=True)
    if not run.wait(run.machine.topics_created):
        return False
    run.checklist.set("Kafka", State.done)
    return True


def start_processes(run: Run) -> None:
    """Start what reads the topic and what trains."""
    run.machine.start("streaming", "streaming", "run")
    run.machine.start("speed", "speed", "run")
    run.machine.start("batch", "batch", "worker", nice=TRAINER_NICE)


def load_history(run: Run, data: Path, *options: str) -> bool:
    """Load a data set with its original clock, as fast as it goes, until all of it has landed."""
    history = run.feed("history", str(data), "--clock", "original", *options)
    start_processes(run)
    if not run.wait(lambda: _loaded(run, history)):
        return False
    topic = run.watch.topic_ends()
    if not run.wait(lambda: reached(run.watch.landed(), topic)):
        return False
    run.checklist.set("History", State.done, f"{history.counts().acknowledged} ratings")
    return True


def train_first(run: Run) -> bool:
    """Ask for the first model, and wait until it is active."""
    run.checklist.set("First model", State.running, "in about 25 s")
    if not (run.wait(lambda: _asked(run)) and run.wait(lambda: run.view.active is not None)):
        return False
    run.checklist.set("First model", State.done)
    return True


def _loaded(run: Run, history: Feed) -> bool:
    counts = history.counts()
    if counts.total:
        done, total = counts.acknowledged // 1000, counts.total // 1000
        run.checklist.set("History", State.running, f"{done}k of {total}k")
    return history.finished()


def _asked(run: Run) -> bool:
    """Ask by hand for a model of everything that has landed; whether Kafka took it."""
    settings = run.machine.settings
    try:
        with closing(RetrainLog(settings.kafka, settings.topics.retrain, "reelstream-run")) as log:
            log.append(request(Trigger.hand, run.watch.landed(), now_ms()))
    except (KafkaError, ConnectionError):  # killed as we spoke: it is being started again
        return False
    return True

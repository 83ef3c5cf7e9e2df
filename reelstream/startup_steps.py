"""The steps that `reelstream demo` and `reelstream up` have in common."""

from contextlib import closing
from pathlib import Path

from contracts.clock import now_ms
from contracts.next_offsets import NextOffsets, reached
from contracts.retrain_log_entries import Trigger, request
from kafka_clients import KafkaError
from kafka_clients.retrain_log import RetrainLog
from reelstream.local_stack import TRAINER_NICE
from reelstream.replay_process import ReplayProcess
from reelstream.startup_checklist import Checklist, State, Step
from reelstream.supervised_run import SupervisedRun

STEPS = ("Page", "Kafka", "History", "First model")


def checklist(path: Path) -> Checklist:
    """The checklist of a start."""
    return Checklist(path, [Step(name) for name in STEPS])


def open_services(run: SupervisedRun, data: Path | None) -> bool:
    """Start page, Redis and Kafka; the page answers before anything else is up.

    Without data, the catalogue is the one that is kept, if one is.
    """
    run.checklist.set("Page", State.running)
    run.checklist.set("Kafka", State.running)
    run.local_stack.start_redis()
    run.local_stack.start("api", "api", "run")
    run.local_stack.start_kafka()
    if data or run.local_stack.settings.catalogue.is_file():
        release = [str(data)] if data else []
        run.local_stack.start("catalogue", "producer", "catalogue", *release, once=True)
    if not run.wait(run.local_stack.topics_created):
        return False
    run.checklist.set("Kafka", State.done)
    return True


def start_processes(run: SupervisedRun) -> None:
    """Start the processes that read the topic and train."""
    run.local_stack.start("streaming", "streaming", "run")
    run.local_stack.start("speed", "speed", "run")
    run.local_stack.start("batch", "batch", "worker", nice=TRAINER_NICE)


def load_history(run: SupervisedRun, data: Path, *options: str) -> bool:
    """Load a data set with its original clock, as fast as possible, until all of it has landed."""
    history = run.replay("history", str(data), "--clock", "original", *options)
    start_processes(run)
    if not run.wait(lambda: _loaded(run, history)):
        return False
    topic = run.watch.topic_ends()
    if not run.wait(lambda: has_landed(run, topic)):
        return False
    run.checklist.set("History", State.done, f"{history.counts().acknowledged} ratings")
    return True


def train_first(run: SupervisedRun) -> bool:
    """Ask for the first model, and wait until it is active."""
    run.checklist.set("First model", State.running, "in about 25 s")
    if not (run.wait(lambda: _asked(run)) and run.wait(lambda: _trained(run))):
        return False
    run.checklist.set("First model", State.done)
    return True


def _loaded(run: SupervisedRun, history: ReplayProcess) -> bool:
    counts = history.counts()
    if counts.total:
        said = f"{counts.acknowledged:,} of {counts.total:,} sent"
        run.checklist.set("History", State.running, said)
    return history.finished()


def has_landed(run: SupervisedRun, topic: NextOffsets) -> bool:
    """Whether the event log has all of it; until Spark has started it has nothing."""
    landed = run.watch.landed()
    done, total = sum(landed.values()), sum(topic.values())
    said = f"{done:,} of {total:,} in the event log" if done else "waiting for Spark to start"
    run.checklist.set("History", State.running, said)
    return reached(landed, topic)


def _trained(run: SupervisedRun) -> bool:
    """Whether the first model is active; meanwhile what the trainer is at."""
    if step := run.view.batch.training:
        run.checklist.set("First model", State.running, step)
    return run.view.active is not None


def _asked(run: SupervisedRun) -> bool:
    """Ask by hand for a model of everything that has landed; whether Kafka took it."""
    settings = run.local_stack.settings
    try:
        with closing(RetrainLog(settings.kafka, settings.topics.retrain, "reelstream-run")) as log:
            log.append(request(Trigger.hand, run.watch.landed(), now_ms()))
    except (KafkaError, ConnectionError):  # killed as we spoke: it is being started again
        return False
    return True

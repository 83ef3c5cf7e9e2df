"""One retrain for `bench.retrain`: `python -m bench.retrain_once FOLDER REDIS ENGINE`.

Prints what it took as JSON. Java's processor time and memory are counted too.
"""

import os
import sys
import threading
import time
from pathlib import Path
from typing import cast

import msgspec
import typer

import event_log
from batch.engine_choice import Chosen, create_engine, engine_parameters
from batch.judge_challenger import Retraining
from batch.publishing import Publisher
from batch.retrain_pipeline import Trainer
from batch.spark_sessions import spark_sessions
from batch.training import Trained, nothing_known, train_screened
from bench.cpu_timer import Since, cpu_s, family
from contracts.clock import now_ms
from contracts.hyper_parameters import Parameters
from contracts.redis_keys import Keys
from contracts.retrain_log_entries import Trigger, request
from contracts.topics import Identity
from event_log import Storage
from recommender.ratings import Ratings
from redis_store.connection import connect, forget
from redis_store.versions import VersionStore

PARTITIONS = 4
TOPIC = Identity("bench", "bench", PARTITIONS)
THREADS = 2
LOOK_EVERY_S = 0.2
PREFIX = "retrain:"


class RetrainReport(msgspec.Struct):
    """Seconds of each step, in order; seconds of processors; the most MiB; a rebuild's seconds."""

    steps: list[tuple[str, float]]
    cpu_s: float
    resident_mib: float
    rebuilt_s: float


class Steps:
    """When each step began."""

    def __init__(self) -> None:
        """Nothing has begun."""
        self.began: list[tuple[str, float]] = []

    def __call__(self, step: str) -> None:
        """A step begins."""
        self.began.append((step, time.monotonic()))

    def seconds(self) -> list[tuple[str, float]]:
        """Of each step, up to now."""
        ends = [at for _, at in self.began[1:]] + [time.monotonic()]
        return [(step, end - at) for (step, at), end in zip(self.began, ends, strict=True)]


class Peak(threading.Thread):
    """Looks now and then how much this process and its children hold."""

    def __init__(self) -> None:
        """Look until stopped."""
        super().__init__(daemon=True)
        self.mib = 0.0
        self.ended = threading.Event()

    def run(self) -> None:
        """Look."""
        while not self.ended.wait(LOOK_EVERY_S):
            held = sum(one.memory_info().rss for one in family(os.getpid()))
            self.mib = max(self.mib, held / 2**20)


def main(folder: Path, redis_url: str, name: str) -> None:
    """Retrain once."""
    chosen = cast(Chosen, name)
    parameters = engine_parameters(chosen, Parameters())
    log, steps, peak = Storage.of(str(folder / "log")), Steps(), Peak()
    client, keys = connect(redis_url, timeout_s=60), Keys(PREFIX)
    with spark_sessions("bench-retrain", "6g") as sessions:
        making = create_engine(chosen, THREADS, sessions)

        def fit(rated: Ratings, tried: Parameters) -> Trained:
            return train_screened(rated, tried, making)

        publisher = Publisher(
            VersionStore(client, keys), folder / name, PARTITIONS, lambda: None, now_ms
        )
        trainer = Trainer(
            lambda *_: Retraining(
                fit, parameters, lambda _: True, nothing_known, folder / name, steps
            ),
            publisher,
            log,
            now_ms,
            steps,
        )
        peak.start()
        began = Since(lambda: cpu_s(os.getpid()))
        decision = trainer.obey(request(Trigger.hand, event_log.ends(log), now_ms()))
        took, spent = steps.seconds(), began.cost(1).cpu_s
        peak.ended.set()
    if decision.version is None:
        raise RuntimeError(f"{decision.outcome}: {decision.reason}")
    forget(client, keys.prefix)
    again = Since()
    publisher.republish(decision.version, log)
    rebuilt_s = again.cost(1).wall_s
    forget(client, keys.prefix)
    sys.stdout.write(msgspec.json.encode(RetrainReport(took, spent, peak.mib, rebuilt_s)).decode())


if __name__ == "__main__":
    typer.run(main)

"""Starts the services of `up` for the duration of a rebuild, if nothing is running."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts.process_exit import UNREACHABLE, Failure
from contracts.settings import Settings
from reelstream.local_stack import assemble
from reelstream.state_folder import MARKER, held, opened

STARTED_WITHIN_S, LOOK_EVERY_S = 120.0, 0.25


def is_kept(settings: Settings) -> bool:
    """Whether `up` has left Kafka and Redis of its own in the state folder."""
    given = {"kafka", "redis_url"} & settings.model_fields_set
    return not given and (_folder(settings) / MARKER).exists()


@contextmanager
def started(settings: Settings, say: Callable[[str], None]) -> Iterator[Settings]:
    """Within, they run, and a worker of the speed layer; the settings by which they are found.

    Raises:
        Failure: if another run holds the folder, or Kafka does not come up.
    """
    state = _folder(settings)
    with held(state):
        say(f"nothing is running: starting Kafka and Redis of {state} for this")
        local_stack = assemble(settings, state, opened(state, settings), say, given_kafka=False)
        try:
            local_stack.start_redis()
            local_stack.start_kafka()
            _wait(local_stack.topics_created, state)
            local_stack.start("speed", "speed", "run")
            yield local_stack.settings
        finally:
            local_stack.stop()


def _folder(settings: Settings) -> Path:
    return (settings.state / "up").resolve()


def _wait(condition: Callable[[], bool], state: Path) -> None:
    deadline = time.monotonic() + STARTED_WITHIN_S
    while not condition():
        if time.monotonic() > deadline:
            what = f"Kafka did not start within {STARTED_WITHIN_S:.0f} s"
            raise Failure(what, str(state / "logs" / "kafka.log"), "see the log", UNREACHABLE)
        time.sleep(LOOK_EVERY_S)

"""What `reelstream demo` and `reelstream up` start: everything on this machine."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts.clock import now_ms
from contracts.process_exit import INTERRUPTED, Failure, until_stopped
from contracts.settings import Settings, cache_folder, from_environment
from reelstream import demo_data
from reelstream import machine_checks as checks
from reelstream.demo import show_all
from reelstream.kafka_command import BrokerNotPrepared
from reelstream.loaded_data import needed
from reelstream.local_stack import assemble
from reelstream.machine_checks import require
from reelstream.run_summary import Summary
from reelstream.run_view import Terminal
from reelstream.startup_steps import checklist
from reelstream.state_folder import StateFolder, empty, held, opened, refuse_in_use
from reelstream.supervised_run import SupervisedRun
from reelstream.up import keep_running

NOT_REAL = "generated ratings: no real people, no real movies"


def demo(data: Path | None, generated: bool, limit_s: int | None) -> tuple[Summary, Path]:
    """Show the whole loop; what was seen, and the folder where it ran."""
    settings = from_environment()
    refuse_in_use(settings.state / "demo")
    given = None if generated else demo_data.find(data or settings.data)
    with _alone(settings, "demo") as state:
        empty(state)
        release = given or demo_data.generated(state / "generated")
        with _running("demo", settings, opened(state, settings), limit_s) as run:
            if generated:
                sys.stderr.write(f"{NOT_REAL}\n")
                run.checklist.notice = NOT_REAL
                run.checklist.say("")
            try:
                return show_all(run, release), state
            finally:
                run.stop()
                run.local_stack.forget()


def up(data: Path | None) -> tuple[int, Path]:
    """Keep everything running; how many ratings are kept, and in which folder."""
    settings = from_environment()
    refuse_in_use(settings.state / "up")
    missing = needed(settings.state / "up", data or settings.data)
    with _alone(settings, "up") as state:
        with _running("up", settings, opened(state, settings), None) as run:
            try:
                keep_running(run, missing)
            finally:
                run.stop()
        return run.view.position.counted, state


@contextmanager
def _alone(settings: Settings, command: str) -> Iterator[Path]:
    """Within, the command's folder is ours; refused before anything is written or started."""
    state = (settings.state / command).resolve()
    require([checks.clock(now_ms()), checks.open_files()])
    require([checks.writable("State", state, "REELSTREAM_STATE"), checks.disk(state)])
    require([checks.redis(settings)])
    jars = cache_folder() / "jars"
    if checks.writable("Jars", jars, "XDG_CACHE_HOME").found_wrong:  # else the start gets them
        require([checks.jars(jars)])
    if command == "up":
        require([checks.kafka(settings)])
    with held(state):
        require([checks.port(settings, None)])
        try:
            yield state
        except KeyboardInterrupt:
            to_do = "nothing is left running; start again"
            raise Failure("interrupted", "start-up", to_do, INTERRUPTED) from None


@contextmanager
def _running(
    command: str, settings: Settings, found: StateFolder, limit_s: float | None
) -> Iterator[SupervisedRun]:
    """A machine to run on, shown on the terminal until told to stop."""
    terminal = Terminal()
    given_kafka = command == "up" and "kafka" in settings.model_fields_set
    state = (settings.state / command).resolve()
    local_stack = assemble(settings, state, found, terminal.announce, given_kafka)
    steps = checklist(local_stack.settings.progress)
    with until_stopped() as stopping, terminal.running():
        try:
            yield SupervisedRun(command, local_stack, steps, stopping, limit_s, terminal.show)
        except BrokerNotPrepared:
            if stopping():  # Ctrl-C may have reached the tool before it had its own session
                raise KeyboardInterrupt from None
            raise

"""What the one command's own commands work with, built from the settings."""

import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from contracts.clock import now_ms
from contracts.confirmation import require_yes
from contracts.effective_settings import found_here, settings_here
from contracts.process_exit import UNREACHABLE, Failure
from contracts.retrain_log_entries import Trigger, request
from contracts.run_record import what_runs
from contracts.settings import cache_folder, from_environment
from contracts.topics import configs, topic_configs
from event_log import Storage, ends
from kafka_clients import Admin
from kafka_clients.retrain_log import RetrainLog
from reelstream import jars as jar_files
from reelstream import machine_checks as checks
from reelstream import rebuild as rebuilding
from reelstream import reset as resetting
from reelstream import services_for_rebuild
from reelstream.java import find_java
from reelstream.machine_checks import Finding
from reelstream.status_observer import observer
from reelstream.status_types import Status


def look() -> Status:
    """The status of the system that runs here, or that the settings point at.

    Raises:
        Failure: if there is none.
    """
    settings, running = found_here()
    seen = observer(settings, running, now_ms()).status()
    if running is None and seen.records is None and not any(p.running for p in seen.processes):
        what, to_do = "nothing is running", "start it with `reelstream up` or `reelstream demo`"
        raise Failure(what, str(settings.state), to_do, UNREACHABLE)
    return seen


def findings() -> list[Finding]:
    """What `reelstream doctor` looks at on this machine."""
    settings, cache = from_environment(), cache_folder()
    state = settings.state.resolve()
    with tempfile.TemporaryDirectory() as scratch:
        java = checks.java(Path(scratch))
    return [
        checks.python(),
        checks.clock(now_ms()),
        java,
        checks.redis(settings),
        checks.kafka(settings),
        checks.jars(cache / "jars"),
        checks.data(settings, cache),
        checks.port(settings, what_runs(settings.state)),
        checks.writable("State", state, "REELSTREAM_STATE"),
        checks.disk(state),
        checks.memory(),
        checks.open_files(),
        checks.browser(),
    ]


def rebuild(say: Callable[[str], None]) -> dict[str, Any]:
    """Write everything that Redis held again; what each room has written."""
    settings, running = found_here()
    if running is None and services_for_rebuild.is_kept(settings):
        with services_for_rebuild.started(settings, say) as placed:
            return rebuilding.rebuild(placed, say)
    return rebuilding.rebuild(settings, say)


def reset(yes: bool) -> str:
    """Delete what is kept, once asked; what that was, in words."""
    settings = from_environment()
    folders = resetting.kept(settings.state)
    said = ", ".join(f"{one} ({resetting.size_mb(one)} MB)" for one in folders)
    if folders and not yes:
        require_yes(f"Delete {said}?")
    for one in folders:
        resetting.remove(one, settings)
    return f"deleted {said}" if folders else f"there is nothing to delete in {settings.state}"


def fetch_jars() -> Path:
    """Fetch the jars that are missing; where they are."""
    target = cache_folder() / "jars"
    java = find_java(from_environment().state.resolve())
    jar_files.fetch(java, target, _say, jar_files.locked())
    return target


def create_topics() -> str:
    """Create the topics that are missing; their names, in words."""
    settings = settings_here()
    names = settings.topics
    with closing(Admin(settings.kafka)) as admin:
        admin.create(topic_configs(names, settings.partitions))
        admin.require_fit(configs(names))
        partitions = admin.identity(names.ratings).partitions
    return f"{names.ratings} (partitions: {partitions}), {names.dead_letters}, {names.retrain}"


def ask_for_retrain() -> int:
    """Ask for a model of what the event log holds now; how many events that are."""
    settings = settings_here()
    asked = request(Trigger.hand, ends(Storage.of(settings.log_address)), now_ms())
    topic = settings.topics.retrain
    with closing(RetrainLog(settings.kafka, topic, "reelstream-hand")) as log:
        log.append(asked)
    return sum(asked.snapshot.values())


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")

"""Supervises child processes: starts them, restarts those that die, and stops them."""

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from contracts.clock import now_ms
from contracts.process_exit import FAILED, FOREIGN, REFUSED, REJECTED, USAGE, Failure
from contracts.run_record import Process
from reelstream.die_with_parent import dying_with_parent

BACKOFF_S = (0.5, 1.0, 2.0, 4.0, 8.0)
DEATHS, WITHIN_S = 5, 60.0
"""This many deaths within this many seconds end the run."""
STOP_WITHIN_S, SERVICES_WITHIN_S = 8.0, 3.0
"""Of the first, the second is left for services."""
KILLED_WITHIN_S = 2.0
LASTING = (USAGE, REJECTED, FOREIGN, REFUSED)
"""Exit codes of errors that a restart would not fix."""
LAST_LINES, LAST_WORDS = 20, 200


class KeepsDying(Failure):
    """A child that cannot run, or died again and again; says its last words."""


@dataclass(frozen=True)
class Child:
    """A process to run.

    Attributes:
        once: it is done when it ends well.
        service: others ask it; it ends after them, who would wait for its answers in vain.
    """

    name: str
    command: list[str]
    environment: Mapping[str, str]
    nice: int = 0
    once: bool = False
    service: bool = False


@dataclass
class _Running:
    child: Child
    process: "subprocess.Popen[bytes]"
    started_ms: int
    deaths: list[float] = field(default_factory=list)
    restarts: int = 0
    start_again_at: float | None = None
    done: bool = False
    gone: bool = False
    """Nothing of it runs: its number may be a stranger's by now."""


@dataclass
class Supervisor:
    """Looks after children; its owner calls `check` a few times a second."""

    logs: Path
    announce: Callable[[str], None]
    monotonic: Callable[[], float] = time.monotonic
    _running: list[_Running] = field(default_factory=list)

    def start(self, child: Child) -> None:
        """Start a child in a process group of its own, its output going to `<logs>/<name>.log`."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self._running.append(_Running(child, self._spawn(child), now_ms()))

    def check(self) -> None:
        """Notice deaths, and start again what is due.

        Raises:
            KeepsDying: if a child has died too often, or cannot run at all.
        """
        for one in self._running:
            if one.start_again_at is not None:
                self._start_again(one)
            elif not one.gone and (code := one.process.poll()) is not None:
                self._died(one, code)

    def is_done(self, name: str) -> bool:
        """Whether a one-shot has ended well."""
        return any(one.done for one in self._running if one.child.name == name)

    def end(self, name: str, timeout_s: float) -> None:
        """End one child, and do not start it again; kill it if it lingers."""
        for one in [one for one in self._running if one.child.name == name]:
            if not one.gone:
                one.process.terminate()
                killed = _await_end(one.process, timeout_s)
                psutil.wait_procs(killed, timeout=KILLED_WITHIN_S)
            self._running.remove(one)

    def stop(self) -> None:
        """End all children, services when their users are gone; kill whatever of them lingers."""
        deadline = self.monotonic() + STOP_WITHIN_S
        killed = self._end_all(service=False, deadline=deadline - SERVICES_WITHIN_S)
        killed += self._end_all(service=True, deadline=deadline)
        psutil.wait_procs(killed, timeout=KILLED_WITHIN_S)
        self._running.clear()

    def _end_all(self, *, service: bool, deadline: float) -> list[psutil.Process]:
        """End all of this kind; those of their sessions that had to be killed."""
        theirs = [one for one in self._running if one.child.service is service and not one.gone]
        for one in theirs:
            one.process.terminate()  # it ends what it started, Spark its Java
        killed = list[psutil.Process]()
        for one in theirs:
            killed += _await_end(one.process, max(0.0, deadline - self.monotonic()))
            one.gone = True
        return killed

    def processes(self) -> list[Process]:
        """The children as they are; one-shots that are done are left out."""
        awaited = [one for one in self._running if not one.done]
        return [
            Process(one.child.name, None if one.gone else one.process.pid, one.started_ms,
                    one.restarts)
            for one in awaited
        ]  # fmt: skip

    def resident_mb(self) -> int:
        """Resident memory of this process and all its descendants."""
        return resident_mb(psutil.Process())

    def _spawn(self, child: Child) -> "subprocess.Popen[bytes]":
        command = child.command
        if child.nice:
            command = ["nice", "-n", str(child.nice), *command]
        with (self.logs / f"{child.name}.log").open("ab") as log:
            return subprocess.Popen(
                dying_with_parent(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(child.environment),
                start_new_session=True,
            )

    def _died(self, one: _Running, code: int) -> None:
        killed = _kill_session(one.process)  # what it started must not outlive it
        psutil.wait_procs(killed, timeout=KILLED_WITHIN_S)
        one.gone = True
        if one.child.once and code == 0:
            one.done = True
            return
        now = self.monotonic()
        one.deaths = [at for at in one.deaths if now - at < WITHIN_S] + [now]
        if code in LASTING or len(one.deaths) >= DEATHS:
            raise self._keeps_dying(one.child.name, code)
        wait = BACKOFF_S[len(one.deaths) - 1]
        one.start_again_at = now + wait
        self.announce(f"{one.child.name} died (exit {code}), restarting it in {wait:g} s")

    def _start_again(self, one: _Running) -> None:
        if one.start_again_at is not None and self.monotonic() >= one.start_again_at:
            one.start_again_at = None
            one.process = self._spawn(one.child)
            one.started_ms = now_ms()
            one.restarts += 1
            one.gone = False

    def _keeps_dying(self, name: str, code: int) -> KeepsDying:
        log = self.logs / f"{name}.log"
        words = last_words(log.read_text(errors="replace"))
        if code in LASTING:
            what, to_do = f"{name} cannot run: {words}", "fix that, then start again"
            return KeepsDying(what, str(log), to_do, code)
        what = f"{name} died {DEATHS} times in {WITHIN_S:.0f} s, last log line: {words}"
        return KeepsDying(what, str(log), "see the log, then start again", FAILED)


def last_words(log: str) -> str:
    """The line of a log that says why its process ended."""
    lines = [line.strip() for line in log.splitlines()[-LAST_LINES:] if line.strip()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return (errors or lines or ["nothing"])[-1][:LAST_WORDS]


def resident_mb(process: psutil.Process) -> int:
    """Megabytes that a process and its descendants hold; what they share counts once on Linux."""
    total = 0
    for one in [process, *process.children(recursive=True)]:
        with contextlib.suppress(psutil.Error):
            held = one.memory_full_info()
            total += getattr(held, "pss", held.rss)
    return total // 1_048_576


def _await_end(process: "subprocess.Popen[bytes]", timeout_s: float) -> list[psutil.Process]:
    """Wait for a child that was told to end; kill it and what is left of its session."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout_s)
    killed = _kill_session(process)
    process.wait()
    return killed


def _kill_session(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    """Kill a child's whole session: PySpark's daemon leaves the group, but not the session.

    Returns:
        The others of the session, which may not be gone yet.
    """
    others = [one for one in psutil.process_iter() if _is_member(one.pid, process.pid)]
    for one in others:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    process.kill()
    return others


def _is_member(pid: int, session: int) -> bool:
    """Whether a process is in the session that another one leads."""
    try:
        return pid != session and os.getsid(pid) == session
    except (ProcessLookupError, PermissionError):
        return False

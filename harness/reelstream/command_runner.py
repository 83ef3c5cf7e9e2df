"""The one command in a process of its own, on a machine that lacks something."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from contracts.settings import child_environment
from harness.eventually import eventually

ENDS_WITHIN_S = 90
UNSHARE = ["unshare"] if os.geteuid() == 0 else ["unshare", "--map-root-user"]
LOOPBACK_ONLY = (
    "import fcntl, os, socket, struct, sys; "
    "fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sH14s', b'lo', 1, b'')); "
    "os.execvp(sys.argv[1], sys.argv[1:])"
)
NO_NETWORK = [*UNSHARE, "--net", sys.executable, "-c", LOOPBACK_ONLY]
"""Runs a command with nothing but a loopback interface."""
HEEDS_PERMISSIONS = [] if os.geteuid() else ["setpriv", "--bounding-set=-dac_override"]
"""Runs a command that may not write where the permissions say no, even for root."""


def reelstream(*words: str) -> list[str]:
    """The command line `reelstream …`."""
    return [sys.executable, "-m", "reelstream", *words]


def at_head_of_path(folder: Path) -> str:
    """A PYTHONPATH that Reelstream hands on: a folder of other modules in which it lies too."""
    contracts = Path(__file__).parents[2] / "contracts"
    (folder / contracts.name).symlink_to(contracts)
    return str(folder)


def small_disk(folder: Path, size: str = "64m") -> list[str]:
    """Runs a command for which this folder is on a disk of this size."""
    mount = f'mount -t tmpfs -o size={size} none "$0" && exec "$@"'
    return [*UNSHARE, "--mount", "sh", "-c", mount, str(folder)]


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass
class Machine:
    """A machine on which a command is run: its environment and what it lacks."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    without: Sequence[str] = ()
    before: Sequence[str] = ()
    """Arguments that run the rest as a command."""

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.folder / "state"

    def reelstream(self, *arguments: str) -> Ended:
        """Run the command to its end."""
        done = subprocess.run(
            [*self.before, *reelstream(*arguments)],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=ENDS_WITHIN_S,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def interrupted(self, when: Callable[[], bool], *arguments: str) -> Ended:
        """Run the command and press Ctrl-C, which its whole group gets, as soon as `when`."""
        process = subprocess.Popen(
            [*self.before, *reelstream(*arguments)],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        with process:
            try:
                eventually(
                    lambda: when() or process.poll() is not None,
                    ENDS_WITHIN_S,
                    "the moment to press Ctrl-C",
                    every_s=0.02,
                )
                os.killpg(process.pid, signal.SIGINT)
                out, err = process.communicate(timeout=ENDS_WITHIN_S)
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        return Ended(process.returncode, out, err)

    @contextmanager
    def running(self, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
        """The command while it runs, its stderr in the file `said`; told to stop at the end."""
        with (self.folder / "said").open("a") as errors:
            process = subprocess.Popen(
                [*self.before, *reelstream(*arguments)],
                env=self.environment(),
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
        with process:
            try:
                yield process
            finally:
                process.terminate()

    def environment(self) -> Mapping[str, str]:
        """The variables of its processes."""
        whole = child_environment({"REELSTREAM_STATE": str(self.state)} | self.variables)
        return {name: value for name, value in whole.items() if name not in self.without}

    def left_running(self) -> list[str]:
        """Commands of processes that were told of this machine's state folder."""
        found = (self._command(one) for one in psutil.process_iter())
        return [command for command in found if command]

    def _command(self, process: psutil.Process) -> str:
        """What a process of this state folder runs; empty for another, or one that has ended."""
        try:
            given = str(process.environ().get("REELSTREAM_STATE", ""))
            ours = given == str(self.state) or given.startswith(f"{self.state}/")
            return " ".join(process.cmdline()) if ours else ""
        except psutil.Error:
            return ""


def alive(process: psutil.Process) -> bool:
    """Whether a process still runs; one that nobody has reaped yet does not."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False

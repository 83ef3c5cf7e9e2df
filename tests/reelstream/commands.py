"""The one command in a process of its own, on a machine that lacks something."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from contracts.settings import child_environment

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


def small_disk(folder: Path) -> list[str]:
    """Runs a command for which this folder is on a disk of 64 MB."""
    mount = 'mount -t tmpfs -o size=64m none "$0" && exec "$@"'
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
            [*self.before, sys.executable, "-m", "reelstream", *arguments],
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
            [sys.executable, "-m", "reelstream", *arguments],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        deadline = time.monotonic() + ENDS_WITHIN_S
        while not when() and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=ENDS_WITHIN_S)
        return Ended(process.returncode, out, err)

    def environment(self) -> Mapping[str, str]:
        """The variables of its processes."""
        whole = child_environment({"REELSTREAM_STATE": str(self.state)} | self.variables)
        return {name: value for name, value in whole.items() if name not in self.without}

    def left_running(self) -> list[str]:
        """Commands of processes that were told of this machine's state folder."""
        told = f"REELSTREAM_STATE={self.state}"
        return [" ".join(one.cmdline()) for one in psutil.process_iter() if _knows(one, told)]


def _knows(process: psutil.Process, told: str) -> bool:
    try:
        environment = process.environ()
    except psutil.Error:
        return False
    name, value = told.split("=", 1)
    given = str(environment.get(name, ""))
    return given == value or given.startswith(f"{value}/")

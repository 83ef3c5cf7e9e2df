"""What pip's lines say: how far it is, and why it failed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts.edge import DAMAGED, DISK_FULL, FAILED, UNREACHABLE, USAGE, Failure

MB = {"bytes": 1e-6, "kB": 1e-3, "MB": 1.0, "GB": 1e3}
COMING = r"\s*(Downloading|Using cached|Processing) (\S+)(?: \(([\d.]+) (bytes|kB|MB|GB)\))?"
LATELY = 60
"""Lines before the end in which the reason of a failure is looked for."""
NETWORK = (
    r"after connection broken by '(.*)': /",
    r"Caused by (\w+Error\(.*)\)",
    r"(?:ReadTimeoutError|ConnectTimeoutError|ProtocolError|SSLError|ProxyError): (.*)",
    r"(HTTP error \d+)",
    r"(\d{3} (?:Client|Server) Error: .*?)(?: for url.*)?$",
)


@dataclass
class Progress:
    """How far pip is, over all its runs of one step."""

    doing: str = ""
    count: int = 0
    done_mb: float = 0
    file: str = ""
    file_mb: float = 0
    waits: bool = True
    """Whether only the network can bring the next line."""

    def heed(self, line: str) -> bool:
        """Take in a line; whether it says that something has gone on."""
        if coming := re.match(COMING, line):
            self._comes(coming)
        elif got := re.match(r"Collecting ([\w.-]+)", line):
            self._works(got[1], waits=True)
        elif re.search(r"Preparing metadata|Running setup.py|Building wheel for ", line):
            self._works(f"building {_package(self.file)}", waits=False)
        elif names := re.match(r"Installing collected packages: ([\w.-]+)(,?)", line):
            self._works("installing" if names[2] else f"installing {names[1]}", waits=False)
        else:
            return "Retrying (" not in line
        return True

    def lacks_bytes(self, here_mb: float) -> bool:
        """Whether it waits for the network, if so much of the present file is here."""
        return self.waits and (not self.file or here_mb < self.file_mb * 0.99)

    def _comes(self, match: re.Match[str]) -> None:
        name = match[2].rsplit("/", 1)[-1]
        if name.endswith(".metadata"):
            return
        self.done_mb += self.file_mb
        self.file, self.count, self.doing, self.waits = name, self.count + 1, _package(name), True
        fresh = match[1] == "Downloading" and match[3]
        self.file_mb = float(match[3]) * MB[match[4]] if fresh else 0

    def _works(self, doing: str, waits: bool) -> None:
        self.done_mb += self.file_mb
        self.doing, self.waits, self.file_mb = doing, waits, 0
        if waits:
            self.file = ""


def failure(lines: Sequence[str], log: Path) -> Failure:
    """Why pip failed, as something that a person can do something about."""
    if any("DO NOT MATCH THE HASHES" in line for line in lines):
        what = f"{_mismatched(lines)} is not the file that the lock names"
        to_do = "see who answers for the network, then run it again"
        return Failure(what, "package index", to_do, DAMAGED)
    if any("No space left on device" in line for line in lines):
        to_do = "free some space, then run it again"
        return Failure("the disk is full", str(log.parent), to_do, DISK_FULL)
    if reason := unreachable(lines):
        return no_index(reason)
    return Failure(f"pip failed: {complaint(lines)}", str(log), "see there what it did", FAILED)


def no_index(reason: str) -> Failure:
    """The package index cannot be reached."""
    what = f"the package index cannot be reached: {reason}"
    to_do = "check the network and HTTPS_PROXY, then run it again; what is installed is kept"
    return Failure(what, "network", to_do, UNREACHABLE)


def no_wheel(what: str, to_do: str) -> Failure:
    """Nothing to install on this kind of machine."""
    return Failure(f"no {what} for this Python and machine", "package index", to_do, USAGE)


def has_no_wheel(lines: Sequence[str]) -> bool:
    """Whether pip failed because there is no file for this Python and machine."""
    found_none = any("No matching distribution found" in line for line in lines)
    return found_none and unreachable(lines) is None


def unreachable(lines: Sequence[str]) -> str | None:
    """The last reason pip gave for not reaching its index, in plain words; None without one."""
    for line in reversed(lines[-LATELY:]):
        for pattern in NETWORK:
            if match := re.search(pattern, line):
                return _plain(match[1])
    return None


def complaint(lines: Sequence[str]) -> str:
    """The line that says most about a failure: pip's last error, or the end of a traceback."""
    errors = [line for line in lines if line.lower().startswith("error:")]
    last = [line for line in lines if line.strip()]
    if errors and "Exception:" not in errors[-1]:
        return errors[-1].split(":", 1)[1].strip()[:300]
    return last[-1].strip()[:300] if last else "it said nothing"


def _mismatched(lines: Sequence[str]) -> str:
    names = [
        match[1] for line in lines if (match := re.match(r"\s+([\w.\[\]-]+==\S+) from ", line))
    ]
    return names[-1] if names else "a package"


def _plain(reason: str) -> str:
    """The innermost of Python's nested reasons, without addresses of hosts and of memory."""
    if "(" not in reason:
        return reason
    innermost = re.split(r": |, '|\('|\(\"", reason.rstrip("'\") "))[-1]
    plain = re.sub(r"^\[Errno -?\d+\] |\.? \([^)]*\)?$", "", innermost.strip("'\" ")).rstrip(".")
    return plain[:1].lower() + plain[1:] if plain[1:2].islower() else plain


def _package(file: str) -> str:
    """The package of a wheel or of a source archive."""
    return file.split("-", maxsplit=1)[0] if file.endswith(".whl") else file.rsplit("-", 1)[0]

"""Why pip failed, by its output."""

import re
from collections.abc import Sequence
from pathlib import Path

from contracts.process_exit import DAMAGED, DISK_FULL, FAILED, UNREACHABLE, USAGE, Failure

LATELY = 60
"""Lines before the end in which the reason of a failure is looked for."""
NETWORK = (
    r"after connection broken by '(.*)': /",
    r"Caused by (\w+Error\(.*)\)",
    r"(?:ReadTimeoutError|ConnectTimeoutError|ProtocolError|SSLError|ProxyError): (.*)",
    r"(HTTP error \d+)",
    r"(\d{3} (?:Client|Server) Error: .*?)(?: for url.*)?$",
)


def failure(lines: Sequence[str], log: Path) -> Failure:
    """Why pip failed, as something that a person can do something about."""
    if any("DO NOT MATCH THE HASHES" in line for line in lines):
        what = f"{_mismatched(lines)} does not match its hash in the lock"
        to_do = "check for a proxy that alters downloads, then run it again"
        return Failure(what, "package index", to_do, DAMAGED)
    if any("No space left on device" in line for line in lines):
        to_do = "free some space, then run it again"
        return Failure("the disk is full", str(log.parent), to_do, DISK_FULL)
    if reason := unreachable(lines):
        what = f"the package index cannot be reached: {reason}"
        to_do = "check the network and HTTPS_PROXY, then run it again; what has come is kept"
        return Failure(what, "network", to_do, UNREACHABLE)
    return Failure(f"pip failed: {complaint(lines)}", str(log), "see the log", FAILED)


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
    return last[-1].strip()[:300] if last else "it printed nothing"


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

"""Rebuilds everything in Redis: each package does its own part, in this order."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from contracts.settings import Settings, child_environment

ROOMS = {
    "catalogue": ("producer", "catalogue"),
    "batch": ("batch", "rebuild"),
    "streaming": ("streaming", "rebuild"),
    "speed": ("speed", "rebuild"),
}
"""The speed layer comes last: what it writes counts from the version that batch has activated."""


def rebuild(settings: Settings, say: Callable[[str], None]) -> dict[str, Any]:
    """Rebuild; what each package has written.

    Raises:
        SystemExit: with the exit code of the first room that cannot; it has said why.
    """
    environment = child_environment(settings.variables)
    done: dict[str, Any] = {}
    for name, words in ROOMS.items():
        if name == "catalogue" and not settings.catalogue.is_file():
            continue  # a system that was never given one serves movies without titles
        command = [sys.executable, "-m", "reelstream", *words, "--json"]
        ended = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, text=True, check=False
        )
        if ended.returncode:
            raise SystemExit(ended.returncode)
        done[name] = json.loads(ended.stdout)
        say(f"{name}: {_summary(done[name])}")
    return done


def _summary(counts: dict[str, int] | None) -> str:
    return ", ".join(f"{name} {count}" for name, count in (counts or {}).items()) or "nothing yet"

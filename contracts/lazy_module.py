"""Modules that are imported when something of them is asked for: `--help` stays fast."""

from importlib import import_module
from typing import Any


class LazyModule:
    """Stands for a module until something of it is first asked for.

    The one place where commands are loaded lazily. A command line declares its commands and
    options, and hands them to functions of such a module, which imports at its top what it needs.
    """

    def __init__(self, name: str) -> None:
        """Note the module's full name."""
        self._name = name

    def __getattr__(self, name: str) -> Any:
        """What the module has by this name."""
        return getattr(import_module(self._name), name)

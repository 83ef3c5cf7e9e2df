"""One line that says how far it is: rewritten on a terminal, a line now and then elsewhere."""

import shutil
import time
from typing import TextIO

EVERY_S = 10.0


class Line:
    """Where progress is shown."""

    def __init__(self, out: TextIO, rewrites: bool) -> None:
        """Show it on a stream; `rewrites` if that is a terminal that can go back."""
        self._out, self._rewrites = out, rewrites
        self._shown_at = time.monotonic()
        self._pending = False

    def say(self, text: str) -> None:
        """A line that stays."""
        self.clear()
        self._out.write(text + "\n")
        self._out.flush()
        self._shown_at = time.monotonic()

    def show(self, text: str) -> None:
        """How far it is now; elsewhere than on a terminal only after 10 seconds without a line."""
        if self._rewrites:
            width = shutil.get_terminal_size().columns - 1
            self._out.write(f"\r\x1b[K{text[:width]}")
            self._out.flush()
            self._pending = True
        elif time.monotonic() - self._shown_at >= EVERY_S:
            self.say(text)

    def clear(self) -> None:
        """Take back what is rewritten."""
        if self._pending:
            self._out.write("\r\x1b[K")
            self._out.flush()
            self._pending = False

"""The producer's command line, run in this process."""

import sys
from dataclasses import dataclass

import pytest

from reelstream.__main__ import main


@dataclass
class Command:
    """The command line `reelstream producer …`, run in this process."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, and what was said on stdout and stderr."""
        self.monkeypatch.setattr(sys, "argv", ["reelstream", "producer", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code or 0
        assert isinstance(code, int)
        said = self.capsys.readouterr()
        return code, said.out, said.err

    def refused(self, code: int, what: str, *arguments: str) -> bool:
        """Whether it ends with this code and one line that says this."""
        ended, out, err = self(*arguments)
        line, *more = err.splitlines() or [""]
        fine = (ended, out, more) == (code, "", []) and line.startswith("error: ") and what in line
        assert fine, (ended, out, err)
        return fine

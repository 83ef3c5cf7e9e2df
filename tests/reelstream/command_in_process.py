"""`reelstream`, run in this process, and what it leaves behind."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from reelstream.__main__ import main
from reelstream.state_folder import held


@dataclass
class Reelstream:
    """The command line, run in this process on a state folder of its own."""

    state: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> tuple[int, str]:
        """Exit code and what was said on stdout."""
        self.monkeypatch.setattr(sys, "argv", ["reelstream", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return ended.value.code, self.capsys.readouterr().out


def a_log(folder: Path, name: str, *lines: str) -> None:
    with held(folder):
        (folder / "logs").mkdir(exist_ok=True)
        (folder / "logs" / f"{name}.log").write_text("".join(f"{line}\n" for line in lines))

"""What every process pays for before it does anything."""

import subprocess
import sys
from pathlib import Path

from contracts.settings import child_environment
from harness.reelstream.command_runner import at_head_of_path

LOOK = (
    "import sys, reelstream.cli; "
    "print({'duckdb', 'numpy', 'pandas', 'pyarrow', 'pyspark'} & sys.modules.keys())"
)


def test_the_command_line_imports_nothing_heavy() -> None:
    said = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)

    assert said.stdout == "set()\n"


WIRED = """
import sys, reelstream.cli
from reelstream.__main__ import main
sys.argv = ["reelstream", "speed", "run", "--help"]
try:
    main()
finally:
    print([name for name in sys.modules if name.endswith("wiring")])
"""


def test_help_imports_no_wiring() -> None:
    said = subprocess.run([sys.executable, "-c", WIRED], capture_output=True, text=True, check=True)

    assert said.stdout.splitlines()[-1] == "[]"


ENDS = """
import atexit, gc, sys
from reelstream.__main__ import main
atexit.register(lambda: print(gc.get_freeze_count() > gc.get_count()[0]))
sys.argv = ["reelstream", "jars", "--help"]
main()
"""


def test_an_end_does_not_look_through_all_that_is_loaded() -> None:
    said = subprocess.run([sys.executable, "-c", ENDS], capture_output=True, text=True, check=True)

    assert said.stdout.splitlines()[-1] == "True"


INTERRUPTED = """
import sys
from types import ModuleType
from reelstream.__main__ import main
class Imported(ModuleType):
    def __getattr__(self, name):
        exec("raise KeyboardInterrupt")
sys.modules["reelstream.cli"] = Imported("reelstream.cli")
main()
"""


def test_ctrl_c_while_text_is_compiled_has_the_code_of_ctrl_c(tmp_path: Path) -> None:
    (tmp_path / "interrupted.py").write_text(INTERRUPTED)

    ended = subprocess.run(
        [sys.executable, "-m", "interrupted"],
        env=child_environment({"PYTHONPATH": at_head_of_path(tmp_path)}),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (130, "interrupted\n")

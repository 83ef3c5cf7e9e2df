"""What every process pays for before it does anything."""

import subprocess
import sys

LOOK = (
    "import sys, reelstream.cli; "
    "print({'duckdb', 'numpy', 'pandas', 'pyarrow', 'pyspark'} & sys.modules.keys())"
)


def test_the_command_line_imports_nothing_heavy() -> None:
    said = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)

    assert said.stdout == "set()\n"

"""The textbook beside Reelstream: `python -m bench.textbook`; see `bench.textbook_judges`."""

import typer

from bench.textbook_judges.comparison import main

if __name__ == "__main__":
    typer.run(main)

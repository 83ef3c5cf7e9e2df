"""A line on stderr that says what is being done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

Say = Callable[[str], None]


@contextmanager
def progress(quiet: bool) -> Iterator[Say]:
    """Within, a line on stderr that says what is being done, for people who look."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda what: None
        return
    with console.status("starting") as status:
        yield status.update

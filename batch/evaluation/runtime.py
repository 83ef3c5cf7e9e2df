"""What an evaluation needs to run: libraries, a progress line, a Spark session on demand."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from contracts.process_exit import USAGE, Failure

Say = Callable[[str], None]

JUDGE = {"implicit", "matplotlib", "scipy", "sklearn", "threadpoolctl"}
"""What the extra `judge` brings."""


@contextmanager
def judging_tools() -> Iterator[None]:
    """Within, libraries keep to one thread each, and a missing one is a line that says so.

    Their threads would wait for each other longer than they work: all matrices are small.

    Raises:
        Failure: if one of the extra `judge` is not installed.
    """
    try:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1, "blas"):
            yield
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] not in JUDGE:
            raise
        what = f"{error.name} is not installed"
        raise Failure(what, "batch", "install the extra `judge`", USAGE) from error


@contextmanager
def progress(quiet: bool) -> Iterator[Say]:
    """Within, a line on stderr that says what is being done, for people who look."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda what: None
        return
    with console.status("starting") as status:
        yield status.update

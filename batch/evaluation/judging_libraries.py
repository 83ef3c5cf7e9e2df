"""The libraries that judge models, of the extra `judge`."""

from collections.abc import Iterator
from contextlib import contextmanager

from contracts.process_exit import USAGE, Failure

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

"""What can end the application."""


class QueryFailed(RuntimeError):
    """A query of the application ended by itself; says which and why."""

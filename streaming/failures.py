"""What can end the application."""


class QueryFailed(RuntimeError):
    """A query of the application ended by itself; says which and why."""


class QueryStuck(RuntimeError):
    """A query has been behind for long and has committed nothing; says which."""

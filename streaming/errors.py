"""What can end the application."""

from contracts.process_exit import FAILED, REFUSED, Failure


class QueryFailed(Failure):
    """A query of the application ended by itself; says which and why."""

    where = "streaming"
    what_to_do = "see the lines above"
    code = FAILED


class QueryStuck(Failure):
    """A query has been behind for long and has committed nothing; says which."""

    where = "streaming"
    what_to_do = "start it again; its state is kept"
    code = FAILED


class BadCheckpoint(Failure):
    """A checkpoint that is missing, damaged, of another topic or restored; says what and where."""

    where = "checkpoint"
    what_to_do = "restore it, or abandon it with `reelstream streaming start-over`"
    code = REFUSED

"""The errors of an evaluation; apart from its libraries, which may not be installed."""

from contracts.process_exit import REJECTED, USAGE, Failure


class NoSuchModel(Failure):
    """A name that no contender has."""

    where = "--model"
    what_to_do = "choose one of these"
    code = USAGE


class NoSuchSplit(Failure):
    """A name that no split has."""

    where = "--split"
    what_to_do = "choose one of these"
    code = USAGE


class TooManyMovies(Failure):
    """A data set that a contender cannot be fitted on; says why."""

    where = "--model"
    what_to_do = "name only the other models"
    code = REJECTED


class BadParameters(Failure):
    """A file that holds no tuned parameters; says what is wrong."""

    where = "--tuned, --out"
    what_to_do = "give a file written by `batch tune --out`"
    code = USAGE


class NotTunedFor(Failure):
    """A split that is to be evaluated, and that the file has no parameters for."""

    where = "--tuned"
    what_to_do = "add it with `batch tune --split`, or name other protocols"
    code = USAGE


class CannotDraw(Failure):
    """A path that no picture can be written to."""

    where = "--picture"
    what_to_do = "give another path"
    code = USAGE


class NothingToJudge(Failure):
    """A data set too small to hold anything out of it that could be judged."""

    where = "data"
    what_to_do = "give a larger release"
    code = REJECTED

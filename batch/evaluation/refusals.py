"""What an evaluation refuses; apart from what it computes with: not all of that is installed."""


class NoSuchModel(ValueError):
    """A name that no contender has."""


class NoSuchSplit(ValueError):
    """A name that no split has."""


class TooManyMovies(ValueError):
    """A data set that a contender cannot be fitted on; says why."""


class BadParameters(ValueError):
    """A file that holds no tuned parameters; says what is wrong."""


class CannotDraw(ValueError):
    """A path that no picture can be written to."""


class NothingToJudge(ValueError):
    """A data set too small to hold anything out of it that could be judged."""

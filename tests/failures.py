"""What a failure tells people, beyond what `str` says of it."""

import re
from collections.abc import Callable

from contracts.process_exit import Failure


def says(pattern: str) -> Callable[[Failure], bool]:
    """For `pytest.raises(..., check=...)`: whether the line for people matches."""
    return lambda failure: re.search(pattern, failure.line) is not None

"""Faults planted in a true state, and what the checker says of them."""

import copy
from collections.abc import Callable

from harness.checker.compare_states import violations
from harness.checker.state_types import State
from tests.checker.handmade_topic import Topic

GRAINS = {"minute", "hour", "day"}


def red(topic: Topic, plant: Callable[[State], None]) -> list[str]:
    """What the checker says of a true state once a fault is planted in it."""
    found = copy.deepcopy(topic.truth())
    plant(found)
    return violations(topic.truth(), found)


def kinds(said: list[str]) -> set[str]:
    """What the violations speak of: `log`, or a bucket's grain."""
    return {line.split()[0] for line in said}

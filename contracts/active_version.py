"""Which model version is served."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Active:
    """The pointer: which version is served, and the events it reflects.

    Attributes:
        activation: grows by one with every activation, rollbacks included.
        snapshot: next-offsets of the version's training data.
        oldest_snapshot: of the oldest kept version; equals `snapshot` if there is one only.
    """

    activation: int
    version: int
    previous: int | None
    snapshot: Mapping[int, int]
    oldest_snapshot: Mapping[int, int]
    activated_at_ms: int
    held: bool = False
    """Whether an operator holds it: no retrain activates another."""

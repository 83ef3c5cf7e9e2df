"""What a protocol found: sums, counts and values by model, metric and group of users."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass
class Outcome:
    """What a protocol found.

    Attributes:
        protocol: its name.
        people: how many users there are.
        sums: (group, metric) to model to what each user's cases sum to, shape (users,).
        counts: group to how many cases each user has, shape (users,).
        worth: likewise to what they are worth, where a metric does not count them alike.
        overall: model to metric to a value of each split: of all lists together, or of stars.
    """

    protocol: str
    people: int
    sums: dict[tuple[str, str], dict[str, Values]] = field(default_factory=dict)
    counts: dict[str, Values] = field(default_factory=dict)
    worth: dict[tuple[str, str], Values] = field(default_factory=dict)
    overall: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def count(self, group: str, users: NDArray[np.intp]) -> None:
        """Count cases of these users, indices, shape (n,)."""
        self.counts[group] = self.counts.get(group, self._nothing) + self._summed(users, None)

    def weigh(self, group: str, metric: str, users: NDArray[np.intp], worth: Values) -> None:
        """Have a metric divide by what these cases are worth, shape (n,), not by how many."""
        before = self.worth.get((group, metric), self._nothing)
        self.worth[group, metric] = before + self._summed(users, worth)

    def add(
        self, group: str, metric: str, model: str, users: NDArray[np.intp], values: Values
    ) -> None:
        """Add a model's values of cases of these users, shape (n,) each."""
        by_model = self.sums.setdefault((group, metric), {})
        by_model[model] = by_model.get(model, self._nothing) + self._summed(users, values)

    @property
    def _nothing(self) -> Values:
        return np.zeros(self.people)

    def _summed(self, users: NDArray[np.intp], values: Values | None) -> Values:
        return np.bincount(users, values, self.people).astype(np.float64)

    def divisor(self, group: str, metric: str) -> Values:
        """What each user's sum is divided by, shape (users,)."""
        return self.worth.get((group, metric), self.counts[group])

    @property
    def main_group(self) -> str:
        """The group that tables and pictures show first."""
        return next(iter(self.counts), "all")

    def note(self, model: str, metrics: Mapping[str, float]) -> None:
        """Keep a split's values that are not of single users."""
        kept = self.overall.setdefault(model, {})
        for name, value in metrics.items():
            kept.setdefault(name, []).append(value)

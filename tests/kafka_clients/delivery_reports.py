"""What a producer said of its records."""

from dataclasses import dataclass, field


@dataclass
class Reports:
    """Counts of records, and the errors of those that were lost."""

    acknowledged: int = 0
    lost: int = 0
    errors: list[BaseException] = field(default_factory=list)

    def __call__(self, count: int, error: BaseException | None) -> None:
        if error is None:
            self.acknowledged += count
        else:
            self.lost += count
            self.errors.append(error)

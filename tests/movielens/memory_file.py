"""A file of a release that is held in memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from movielens.file_layouts import Layout
from movielens.release import Part, Table


@dataclass(frozen=True)
class Held:
    """A member of a release that is held in memory, handed out in pieces."""

    content: bytes
    piece: int = 1 << 22
    name: str = "ratings.csv"
    size: int = 0

    @property
    def folder(self) -> Path:
        """Nowhere."""
        return Path("nowhere")

    @property
    def where(self) -> str:
        """Its name."""
        return self.name

    def chunks(self, size: int = 0) -> Iterator[bytes]:
        """Its bytes, whatever size is asked for."""
        for start in range(0, len(self.content), self.piece):
            yield self.content[start : start + self.piece]


def table(layout: Layout, *parts: Held) -> Table:
    """A file in these parts, each with a header or without as the layout says."""
    return Table("it", "it", [Part(part, layout) for part in parts])

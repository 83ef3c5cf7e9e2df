"""What hyper-parameters have hit beside the live ones, over retrains: one alone has too few likes.

Each retrain asks both models about what came lately, and no event is judged twice. Kept beside the
artefacts, for one pair of hyper-parameters: others begin anew, as does whatever is live after a
promotion.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np

from batch.promotion_gate import CHALLENGER, CHAMPION, POPULAR, Hits
from contracts.atomic_files import write_atomically
from contracts.events import MAX_ID
from contracts.hyper_parameters import Parameters, decode
from contracts.next_offsets import NextOffsets, later

FILE = "pooled-hits.json"
"""Beside the artefacts."""
LIKES = "likes"
COUNTED = {LIKES, CHALLENGER, CHAMPION, POPULAR}
Id = Annotated[int, msgspec.Meta(ge=1, le=MAX_ID)]
Count = Annotated[int, msgspec.Meta(ge=0)]


class PooledHits(msgspec.Struct, frozen=True):
    """Hits of each person, of the likes that were judged.

    Attributes:
        live: hyper-parameters of the live version.
        tried: those that are compared with it.
        judged: next offsets; what is below them was judged, or learned by the live version, or
            seen by the search that found what is tried.
        people: by user id, how many likes were judged, and how many of them each contender hit.
    """

    live: Parameters
    tried: Parameters
    judged: dict[int, int]
    people: dict[Id, dict[str, Count]] = {}

    def with_hits(self, hits: Hits, judged: NextOffsets) -> "PooledHits":
        """With what was judged below these offsets."""
        people = {user: dict(counts) for user, counts in self.people.items()}
        columns: Mapping[str, np.ndarray] = {LIKES: hits.cases, **hits.by}
        for row, user in enumerate(hits.users.tolist()):
            mine = people.setdefault(user, {})
            for name, column in columns.items():
                mine[name] = mine.get(name, 0) + int(column[row])
        return msgspec.structs.replace(self, judged=dict(judged), people=people)

    @property
    def hits(self) -> Hits:
        """All of them."""
        users = np.array(list(self.people), np.int32)

        def column(name: str) -> np.ndarray:
            return np.array([counts[name] for counts in self.people.values()], np.float64)

        by = {name: column(name) for name in sorted(COUNTED - {LIKES})}
        return Hits(column(LIKES), by, users)


def pooled(
    artefacts: Path, live: Parameters, tried: Parameters, snapshot: NextOffsets
) -> PooledHits:
    """What is kept of this pair; nothing yet where other hyper-parameters, or nothing, are kept.

    Args:
        artefacts: where versions lie.
        live: hyper-parameters of the live version.
        tried: those to compare.
        snapshot: next offsets of what the live version learned, or a search has seen: none of it
            is judged.
    """
    kept = _read(artefacts)
    if kept is None or (kept.live, kept.tried) != (live, tried) or live == tried:
        return PooledHits(live, tried, dict(snapshot))
    return msgspec.structs.replace(kept, judged=later(kept.judged, snapshot))


def _read(artefacts: Path) -> PooledHits | None:
    """What is kept; None where nothing is, or what is there is damaged."""
    try:
        kept = decode((artefacts / FILE).read_bytes(), PooledHits, "live", "tried")
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    whole = all(counts.keys() == COUNTED for counts in kept.people.values())
    return kept if whole else None


def reset(artefacts: Path) -> None:
    """Forget what was kept: another version is live."""
    (artefacts / FILE).unlink(missing_ok=True)


def keep(artefacts: Path, pool: PooledHits) -> None:
    """Keep it, in the place of another."""
    write_atomically(artefacts / FILE, msgspec.json.encode(pool))

"""Many users' lists at once: what batch publishes."""

from collections.abc import Iterator, Sequence

import numpy as np

from contracts.histories import History
from recommender.folding import NOTHING, Folder, Ranked
from recommender.toplists import top_lists

AT_ONCE = 1_000
"""Users whose vectors and masks are held at a time."""


def ranked_lists(folder: Folder, histories: Sequence[History], limit: int) -> Iterator[Ranked]:
    """Each user's list, as `Folder.ranked` makes it but for the rounding of a score."""
    for first in range(0, len(histories), AT_ONCE):
        yield from _block(folder, histories[first : first + AT_ONCE], limit)


def _block(folder: Folder, histories: Sequence[History], limit: int) -> Iterator[Ranked]:
    said = [folder.known(history.ratings) for history in histories]
    vectors = [folder.vector(*one) for one in said]
    able = [n for n, vector in enumerate(vectors) if vector is not None]
    if not able:
        yield from [NOTHING] * len(histories)
        return
    masked = [folder.known(dict.fromkeys(histories[n].masked, 0))[0] for n in able]
    blocks = top_lists(
        np.stack([vector for vector in vectors if vector is not None]),
        folder.model.factors,
        folder.model.prior,
        np.array([folder.beta(said[n][1]) for n in able], np.float32),
        np.cumsum([0, *map(len, masked)]),
        np.concatenate(masked).astype(np.int32),
        limit,
    )
    rows = (row for found, values in blocks for row in zip(found, values, strict=True))
    made = {n: folder.told(*said[n], *row) for n, row in zip(able, rows, strict=True)}
    yield from (made.get(n, NOTHING) for n in range(len(histories)))

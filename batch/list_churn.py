"""How people's lists would change with another model: the same histories under two models.

The panel is a sample of those whom the champion serves, with the histories that it learned: what
differs between their two lists is the model's doing alone.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batch.snapshot import Snapshot
from contracts.artefact import Model
from recommender.bulk_lists import HistoryBatch, ranked_lists
from recommender.fold_in import Folder
from recommender.top_list_surges import jumped

PEOPLE = 1_000
TEN = 10
SEED = 1


class ListChurn(NamedTuple):
    """Both models' top tens of one panel: movie ids, those of a person in a row of `before`."""

    before: list[NDArray[np.uint32]]
    after: list[NDArray[np.uint32]]

    def jumped(self, movies: NDArray[np.int32]) -> NDArray[np.int32]:
        """Of these movies, those that came from hardly any list into many."""
        before, after = (_often(lists, movies) for lists in self)
        return movies[jumped(before, after, len(self.before))]

    @property
    def overlap(self) -> float:
        """Median share of a top ten that stays in it; 1 where nobody has one."""
        kept = [
            len(np.intersect1d(old, new)) / len(old)
            for old, new in zip(self.before, self.after, strict=True)
            if len(old)
        ]
        return float(np.median(kept)) if kept else 1.0


def sample_users(snapshot: Snapshot) -> HistoryBatch:
    """What at most PEOPLE users said, the same ones for the same snapshot."""
    chosen = np.random.default_rng(SEED).permutation(snapshot.users)[:PEOPLE]
    return snapshot.of(chosen).history_batch


def compare_lists(champion: Model, challenger: Model, people: HistoryBatch) -> ListChurn:
    """The panel's top tens under both."""
    before, after = (
        [one.movies for one in ranked_lists(Folder(model), people, TEN)]
        for model in (champion, challenger)
    )
    return ListChurn(before, after)


def _often(lists: list[NDArray[np.uint32]], movies: NDArray[np.int32]) -> NDArray[np.intp]:
    """In how many lists each movie is, ids ascending; those of no interest are left out."""
    top_movies = np.concatenate([*lists, np.empty(0, np.uint32)])
    top_movies = top_movies[np.isin(top_movies, movies)]
    return np.bincount(np.searchsorted(movies, top_movies), minlength=len(movies))

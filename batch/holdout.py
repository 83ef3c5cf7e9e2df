"""The events that a challenger is evaluated on: the newest of the log, by time.

Record timestamps say what is new: nobody but the broker writes them.
"""

import numpy as np
from numpy.typing import NDArray

from batch.snapshot import merged
from contracts.histories import DISMISSED, RETRACTED
from contracts.next_offsets import NextOffsets
from event_log import Events
from recommender.ratings import IndexedRatings, Ratings, Split

SHARE_SINCE, SHARE_OF_ALL = 0.5, 0.1
"""What is held out: of the events that were not judged yet, or of all events."""

Mask = NDArray[np.bool_]


def lately(events: Events, judged: NextOffsets) -> Mask:
    """The newer half of the events that were not judged yet, shape (n,)."""
    return _newest(events, events.since(judged), SHARE_SINCE)


def newest_of_all(events: Events) -> Mask:
    """The newest tenth of all events, shape (n,)."""
    return _newest(events, np.ones(len(events.offset), bool), SHARE_OF_ALL)


def _newest(events: Events, among: Mask, share: float) -> Mask:
    """The newest share of some events; those of one record timestamp are on one side."""
    stamps = np.sort(events.timestamp_ms[among])
    if not len(stamps):
        return among
    first = stamps[min(int(len(stamps) * (1 - share)), len(stamps) - 1)]
    held: Mask = among & (events.timestamp_ms >= first)
    return held


def split_off(events: Events, held: Mask) -> Split:
    """What was said before the held-out events, and their ratings in the order of their bursts.

    A burst is what one user rated in one second of `rated_at`; it comes when its first record did.
    """
    before, after = merged(events.where(~held), {}).rated, _in_bursts(events.where(held))
    user_ids = np.unique(np.concatenate([before.user_id, after.user_id]))
    movie_ids = np.unique(events.movie_id)

    def ratings(rated: Ratings) -> IndexedRatings:
        users = np.searchsorted(user_ids, rated.user_id)
        movies = np.searchsorted(movie_ids, rated.movie_id)
        at_s = rated.rated_at_ms // 1000
        return IndexedRatings(user_ids, movie_ids, users, movies, rated.half_stars, at_s)

    return Split(ratings(before), ratings(after))


def _in_bursts(events: Events) -> Ratings:
    """The ratings among them: bursts by their first record, each in the order of its records."""
    events = events.where(np.isin(events.state, (RETRACTED, DISMISSED), invert=True))
    second = np.stack([events.user_id.astype(np.int64), events.rated_at_ms // 1000], 1)
    _, burst = np.unique(second, axis=0, return_inverse=True)
    begins = np.full(burst.max(initial=-1) + 1, np.iinfo(np.int64).max)
    np.minimum.at(begins, burst, events.timestamp_ms)
    inorder = events.where(np.lexsort((events.offset, burst, begins[burst])))
    return Ratings(inorder.user_id, inorder.movie_id, inorder.state, inorder.rated_at_ms)

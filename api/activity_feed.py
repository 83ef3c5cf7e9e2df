"""The activity feed: ratings and how they changed the rater's list, in words."""

from api.catalogue_index import CatalogueIndex, CurrentCatalogue
from api.schemas import FeedItem
from api.services import Status
from contracts.events import FIRST_VISITOR_ID
from contracts.histories import DISMISSED, RETRACTED
from redis_store.status import ListChange

MINUS = "\N{MINUS SIGN}"
NAMED = 2
"""Titles of each kind in the text; the fields have all."""


class ActivityFeed:
    """Keeps the newest change, read from the store once a second for all listeners."""

    def __init__(self, status: Status, catalogue: CurrentCatalogue) -> None:
        """Begin with the newest change there is."""
        self._status = status
        self._catalogue = catalogue
        self._last_id = "$"
        self.newest: tuple[str, FeedItem] | None = None

    def refresh(self) -> None:
        """Take the newest of what was told since, if possible one that changed a list.

        Raises:
            StoreError: if the store is away.
        """
        entries = self._status.list_changes_after(self._last_id)
        if entries:
            self._last_id = entries[-1][0]
        found = [(id_, change) for id_, change in entries if change]
        if not found:
            return
        changing = [(id_, change) for id_, change in found if change.gained or change.lost]
        id_, change = (changing or found)[-1]
        self.newest = (id_, feed_item(change, self._catalogue.index))


def feed_item(change: ListChange, catalogue: CatalogueIndex) -> FeedItem:
    """The change with its titles and as a line of text."""
    gained = [catalogue.movie(movie).title for movie in change.gained]
    lost = [catalogue.movie(movie).title for movie in change.lost]
    visitor = change.user_id >= FIRST_VISITOR_ID
    who = "a visitor" if visitor else f"user {change.user_id}"
    deed = _deed(change.half_stars, catalogue.movie(change.movie_id).title)
    return FeedItem(
        text=f"{who} {deed} → {_effect(change.milliseconds, gained, lost)}",
        # Who knows a visitor's id can rate in that visitor's name.
        user_id=None if visitor else change.user_id,
        movie_id=change.movie_id,
        half_stars=change.half_stars,
        milliseconds=change.milliseconds,
        gained=gained,
        lost=lost,
    )


def _deed(half_stars: int, title: str) -> str:
    if half_stars == RETRACTED:
        return f"took back the rating of {title}"
    if half_stars == DISMISSED:
        return f"dismissed {title}"
    return f"rated {title} ★{half_stars / 2:g}"


def _effect(milliseconds: int, gained: list[str], lost: list[str]) -> str:
    changes = [f"+ {title}" for title in gained[:NAMED]]
    changes += [f"{MINUS} {title}" for title in lost[:NAMED]]
    if not changes:
        return f"list confirmed in {milliseconds} ms"
    return f"list changed in {milliseconds} ms: {', '.join(changes)}"

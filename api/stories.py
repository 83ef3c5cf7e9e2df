"""The live line: ratings and what they did to the rater's list, in words."""

from api.answers import StoryTold
from api.services import Status
from api.shelf import Shelf, Shelves
from contracts.events import FIRST_VISITOR_ID
from contracts.histories import DISMISSED, RETRACTED
from contracts.store.status import Story

MINUS = "\N{MINUS SIGN}"
NAMED = 2
"""Titles of each kind in the text; the fields have all."""


class Stories:
    """Keeps the newest story, read from the store once a second for all listeners."""

    def __init__(self, status: Status, shelves: Shelves) -> None:
        """Begin with the newest story there is."""
        self._status = status
        self._shelves = shelves
        self._last_id = "$"
        self.newest: tuple[str, StoryTold] | None = None

    def refresh(self) -> None:
        """Take the newest of what was told since, if possible one that changed a list.

        Raises:
            StoreError: if the store is away.
        """
        found = self._status.stories_after(self._last_id)
        if not found:
            return
        self._last_id = found[-1][0]
        changing = [(id_, story) for id_, story in found if story.gained or story.lost]
        id_, story = (changing or found)[-1]
        self.newest = (id_, tell(story, self._shelves.shelf))


def tell(story: Story, shelf: Shelf) -> StoryTold:
    """The story with its titles and as a line of text."""
    gained = [shelf.movie(movie).title for movie in story.gained]
    lost = [shelf.movie(movie).title for movie in story.lost]
    visitor = story.user_id >= FIRST_VISITOR_ID
    who = "a visitor" if visitor else f"user {story.user_id}"
    deed = _deed(story.half_stars, shelf.movie(story.movie_id).title)
    return StoryTold(
        text=f"{who} {deed} → {_effect(story.milliseconds, gained, lost)}",
        # Who knows a visitor's id can rate in that visitor's name.
        user_id=None if visitor else story.user_id,
        movie_id=story.movie_id,
        half_stars=story.half_stars,
        milliseconds=story.milliseconds,
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

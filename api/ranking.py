"""Which entries a person is shown: the list that was found, else what everybody likes."""

from collections.abc import Collection
from dataclasses import dataclass
from math import isfinite

from api.shelf import Shelf, of_genre
from contracts.lists import NO_STARS, RankedList
from contracts.reading import Found, Source, unmasked


@dataclass(frozen=True)
class Entry:
    """A movie to show."""

    movie_id: int
    score: float
    predicted_stars: float | None


@dataclass(frozen=True)
class Choice:
    """The entries, and what they are; times are 0 where there is none."""

    source: Source
    entries: list[Entry]
    version: int | None = None
    generated_at_ms: int = 0
    events_through_ms: int = 0
    stale: bool = False
    degraded: bool = False


def choose(found: Found, popular: RankedList | None, shelf: Shelf, limit: int) -> Choice:
    """The found list if anything of it may be shown, else the popular movies; always masked."""
    masked = found.history.masked
    if found.ranked is not None and (entries := shown(found.ranked, masked, limit)):
        stale = found.history.next_offset > found.ranked.next_offset
        return _labelled(found.source, entries, found.ranked, stale)
    return fall_back(popular, shelf, masked, limit)


def fall_back(
    popular: RankedList | None,
    shelf: Shelf,
    masked: Collection[int],
    limit: int,
    genre: str | None = None,
) -> Choice:
    """What was published as popular if that fills the limit, else the most liked by catalogue."""
    published = shown(popular, masked, limit, shelf, genre) if popular else []
    counted = [
        Entry(movie.movie_id, float(movie.likes), None)
        for movie in shelf.popular(masked, genre, limit)
    ]
    if popular is None or len(published) < len(counted):
        return Choice(Source.popular, counted)
    return _labelled(Source.popular, published, popular, stale=False)


def shown(
    ranked: RankedList,
    masked: Collection[int],
    limit: int,
    shelf: Shelf | None = None,
    genre: str | None = None,
) -> list[Entry]:
    """The list's first entries that may be shown, of one genre or of all.

    A score that is no number would not be JSON either: its entry is left out.
    """
    entries = (_entry(ranked, i) for i in unmasked(ranked, masked, len(ranked.movies)).tolist())
    wanted = (
        entry
        for entry in entries
        if isfinite(entry.score) and (shelf is None or of_genre(shelf.movie(entry.movie_id), genre))
    )
    return [entry for entry, _ in zip(wanted, range(limit), strict=False)]


def _entry(ranked: RankedList, at: int) -> Entry:
    stars = int(ranked.stars_x10[at])
    predicted = None if stars == NO_STARS else stars / 10
    return Entry(int(ranked.movies[at]), float(ranked.scores[at]), predicted)


def _labelled(source: Source, entries: list[Entry], ranked: RankedList, stale: bool) -> Choice:
    times = (ranked.generated_at_ms, ranked.events_through_ms)
    return Choice(source, entries, ranked.version, *times, stale)

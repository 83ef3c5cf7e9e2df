"""Which entries a person is shown: the list that was found, else what everybody likes."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from math import isfinite

from api.catalogue_index import CatalogueIndex, of_genre
from contracts.list_precedence import Found, Source, unmasked
from contracts.ranked_lists import NO_STARS, RankedList

NO_MORE = "every movie has already been rated or dismissed"


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
    note: str | None = None


def choose(
    found: Found, popular: RankedList | None, catalogue: CatalogueIndex, limit: int
) -> Choice:
    """The found list if anything of it may be shown, else the popular movies; always masked.

    Degraded where the partition is not whole: the mask may lack what the person has rated.
    """
    chosen = _choose(found, popular, catalogue, limit)
    lacking = len(chosen.entries) < limit
    ends = lacking and len(chosen.entries) == catalogue.count_left(found.history.masked)
    return replace(chosen, degraded=not found.whole, note=NO_MORE if ends else None)


def _choose(
    found: Found, popular: RankedList | None, catalogue: CatalogueIndex, limit: int
) -> Choice:
    masked = found.history.masked
    if found.ranked is not None and (
        entries := first_unmasked(found.ranked, masked, limit, catalogue)
    ):
        stale = found.history.next_offset > found.ranked.next_offset
        return _labelled(found.source, entries, found.ranked, stale)
    return fall_back(popular, catalogue, masked, limit)


def fall_back(
    popular: RankedList | None,
    catalogue: CatalogueIndex,
    masked: Collection[int],
    limit: int,
    genre: str | None = None,
) -> Choice:
    """What was published as popular if that fills the limit, else the most liked by catalogue."""
    published = first_unmasked(popular, masked, limit, catalogue, genre) if popular else []
    counted = [
        Entry(movie.movie_id, float(movie.likes), None)
        for movie in catalogue.popular(masked, genre, limit)
    ]
    if popular is None or len(published) < len(counted):
        return Choice(Source.popular, counted)
    return _labelled(Source.popular, published, popular, stale=False)


def first_unmasked(
    ranked: RankedList,
    masked: Collection[int],
    limit: int,
    catalogue: CatalogueIndex,
    genre: str | None = None,
) -> list[Entry]:
    """The list's first entries that may be shown, of one genre or of all; known movies alone.

    A score that is no number would not be JSON either: its entry is left out.
    """
    entries = (_entry(ranked, i) for i in unmasked(ranked, masked, len(ranked.movies)).tolist())
    wanted = (
        entry
        for entry in entries
        if isfinite(entry.score)
        and catalogue.knows(entry.movie_id)
        and of_genre(catalogue.movie(entry.movie_id), genre)
    )
    return [entry for entry, _ in zip(wanted, range(limit), strict=False)]


def _entry(ranked: RankedList, at: int) -> Entry:
    stars = int(ranked.stars_x10[at])
    predicted = None if stars == NO_STARS else stars / 10
    return Entry(int(ranked.movies[at]), float(ranked.scores[at]), predicted)


def _labelled(source: Source, entries: list[Entry], ranked: RankedList, stale: bool) -> Choice:
    times = (ranked.generated_at_ms, ranked.events_through_ms)
    return Choice(source, entries, ranked.version, *times, stale)

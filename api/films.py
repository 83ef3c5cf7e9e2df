"""Routes about movies."""

from fastapi import APIRouter, HTTPException

from api import shaping
from api.answers import FilmDetails, Films, Popular, Problem
from api.parameters import MovieId, PopularListing, Searching
from api.parts import Here, Parts
from api.ranking import Choice, fall_back
from contracts.histories import CorruptValue
from contracts.store.connection import StoreError

router = APIRouter(tags=["movies"])
AWAY: dict[int | str, dict[str, object]] = {503: {"model": Problem}}


@router.get("/popular")
def popular(query: PopularListing, here: Here) -> Popular:
    """What everybody likes, of one genre or of all."""
    chosen = _most_liked(here, query.genre, query.limit)
    items = [shaping.popular(entry, here.shelf) for entry in chosen.entries]
    return Popular(genre=query.genre, note=here.note, items=items)


@router.get("/movies")
def search(query: Searching, here: Here) -> Films:
    """Movies with this text in their title."""
    found = here.shelf.search(query.search, query.limit)
    return Films(note=here.note, items=[shaping.film(movie) for movie in found])


@router.get("/movies/{movie_id}", responses=AWAY | {404: {"model": Problem}})
def movie(movie_id: MovieId, here: Here) -> FilmDetails:
    """A movie, where else to find it, and how it is rated."""
    histogram = here.services.reader.total(movie_id)
    if movie_id not in here.shelf and not any(histogram):
        raise HTTPException(404, "no such movie")
    return shaping.details(here.shelf.movie(movie_id), histogram)


def _most_liked(here: Parts, genre: str | None, limit: int) -> Choice:
    try:
        published = here.lookup.popular()
    except (StoreError, CorruptValue):
        published = None
    return fall_back(published, here.shelf, (), limit, genre)

"""Routes about movies."""

from functools import partial

from fastapi import APIRouter, HTTPException

from api import response_mapping
from api.dependencies import Deps
from api.list_selection import fall_back
from api.parameters import MovieId, PopularListing, Searching
from api.schemas import MovieDetails, Movies, Popular, Problem

router = APIRouter(tags=["movies"])
AWAY: dict[int | str, dict[str, object]] = {503: {"model": Problem}}


@router.get("/popular")
def popular(query: PopularListing, deps: Deps) -> Popular:
    """The most popular movies, of one genre or of all."""
    published, degraded = deps.lookup.popular()
    chosen = fall_back(published, deps.catalogue, (), query.limit, query.genre)
    items = [response_mapping.popular(entry, deps.catalogue) for entry in chosen.entries]
    return Popular(genre=query.genre, note=deps.note, degraded=degraded, items=items)


@router.get("/movies")
def search(query: Searching, deps: Deps) -> Movies:
    """Movies with this text in their title."""
    found = deps.catalogue.search(query.search, query.limit)
    return Movies(note=deps.note, items=[response_mapping.movie_card(movie) for movie in found])


@router.get("/movies/{movie_id}", responses=AWAY | {404: {"model": Problem}})
def movie(movie_id: MovieId, deps: Deps) -> MovieDetails:
    """A movie, its links to other sites, and its ratings."""
    question = partial(deps.services.reader.total, movie_id)
    total, recalled = deps.last_answers.ask(("total", movie_id), question)
    if movie_id not in deps.catalogue and not any(total.histogram):
        raise HTTPException(404, "no such movie")
    degraded = recalled or not total.whole
    return response_mapping.details(deps.catalogue.movie(movie_id), total.histogram, degraded)

"""Routes about people: their lists, their ratings, who they are."""

import secrets
from dataclasses import replace

from fastapi import APIRouter, HTTPException

from api import response_mapping
from api.circuit_breaker import TROUBLE
from api.dependencies import Dependencies, Deps
from api.list_selection import Choice, choose, fall_back
from api.parameters import Listing, MovieId, RatingBody, RatingsListing, UserId, Writing
from api.schemas import Accepted, Personas, Problem, Ratings, Recommendations, Visible, Visitor
from api.strict_json import StrictRoute
from api.submit_rating import submit_rating
from contracts.events import FIRST_VISITOR_ID, MAX_ID, instant

router = APIRouter(tags=["people"], route_class=StrictRoute)
AWAY: dict[int | str, dict[str, object]] = {503: {"model": Problem}}
UNKNOWN: dict[int | str, dict[str, object]] = {404: {"model": Problem}}


@router.get("/users/{user_id}/recommendations")
def recommendations(user_id: UserId, query: Listing, deps: Deps) -> Recommendations:
    """What to watch next. Unknown users get popular movies, labelled as such."""
    return _answer(user_id, _chosen(user_id, query.limit, deps), deps)


@router.get("/users/{user_id}/ratings", responses=AWAY)
def ratings(user_id: UserId, query: RatingsListing, deps: Deps) -> Ratings:
    """The person's current ratings, newest first."""
    return response_mapping.ratings(user_id, deps.lookup.find(user_id), deps.catalogue, query.limit)


@router.post("/users/{user_id}/ratings", status_code=201, responses=AWAY | UNKNOWN)
async def rate(user_id: UserId, body: RatingBody, query: Writing, deps: Deps) -> Visible | Accepted:
    """Rate a movie. Returns once Kafka has it, or with `wait=visible` once the list reflects it."""
    _refuse_unknown(body.movie_id, deps)
    half_stars = int(body.rating * 2)
    return await submit_rating(
        deps, user_id, body.movie_id, half_stars, wait=query.wait is not None
    )


@router.delete("/users/{user_id}/ratings/{movie_id}", status_code=201, responses=AWAY | UNKNOWN)
async def take_back(
    user_id: UserId, movie_id: MovieId, query: Writing, deps: Deps
) -> Visible | Accepted:
    """Take a rating back: an event like any other, with the same answers."""
    _refuse_unknown(movie_id, deps)
    return await submit_rating(deps, user_id, movie_id, None, wait=query.wait is not None)


@router.get("/personas")
def personas(deps: Deps) -> Personas:
    """A few users of the data set, described by their taste."""
    items = [response_mapping.persona(one, deps.catalogue) for one in deps.catalogue.personas]
    return Personas(note=deps.note, items=items)


@router.post("/visitors", status_code=201)
def visitor() -> Visitor:
    """A user id for a new visitor."""
    return Visitor(user_id=FIRST_VISITOR_ID + secrets.randbelow(MAX_ID + 1 - FIRST_VISITOR_ID))


def _refuse_unknown(movie_id: int, deps: Dependencies) -> None:
    if not deps.catalogue.knows(movie_id):
        raise HTTPException(404, "no such movie")


def _chosen(user_id: int, limit: int, deps: Dependencies) -> Choice:
    try:
        found, popular = deps.lookup.find_beside_popular(user_id)
    except TROUBLE:
        return replace(
            fall_back(deps.lookup.last_popular, deps.catalogue, (), limit), degraded=True
        )
    return choose(found, popular, deps.catalogue, limit)


def _answer(user_id: int, choice: Choice, deps: Dependencies) -> Recommendations:
    generated_at_ms = choice.generated_at_ms or deps.services.clock.now_ms()
    return Recommendations(
        user_id=user_id,
        source=choice.source,
        model_version=choice.version,
        generated_at=instant(generated_at_ms),
        events_through=response_mapping.moment(choice.events_through_ms),
        stale=choice.stale,
        degraded=choice.degraded,
        note=deps.note or choice.note,
        items=[response_mapping.recommended(entry, deps.catalogue) for entry in choice.entries],
    )

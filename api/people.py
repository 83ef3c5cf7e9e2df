"""Routes about people: their lists, what they say, who they are."""

import secrets

from fastapi import APIRouter

from api import shaping
from api.answers import Accepted, Personas, Problem, Ratings, Recommendations, Visible, Visitor
from api.parameters import Listing, MovieId, RatingBody, RatingsListing, UserId, Writing
from api.parts import Here, Parts
from api.ranking import Choice, choose, fall_back
from api.saying import say
from contracts.events import FIRST_VISITOR_ID, MAX_ID, instant
from contracts.histories import CorruptValue
from contracts.store.connection import StoreError

router = APIRouter(tags=["people"])
AWAY: dict[int | str, dict[str, object]] = {503: {"model": Problem}}


@router.get("/users/{user_id}/recommendations")
def recommendations(user_id: UserId, query: Listing, here: Here) -> Recommendations:
    """What to watch next. Strangers get what everybody likes, labelled so."""
    return _answer(user_id, _chosen(user_id, query.limit, here), here)


@router.get("/users/{user_id}/ratings", responses=AWAY)
def ratings(user_id: UserId, query: RatingsListing, here: Here) -> Ratings:
    """The person's ratings that stand, the newest first."""
    history = here.lookup.find(user_id).history
    return shaping.ratings(user_id, history, here.shelf, query.limit)


@router.post("/users/{user_id}/ratings", status_code=201, responses=AWAY)
def rate(user_id: UserId, body: RatingBody, query: Writing, here: Here) -> Visible | Accepted:
    """Rate a movie. Answered when Kafka has it; with `wait=visible` when the list reflects it."""
    half_stars = int(body.rating * 2)
    return say(here, user_id, body.movie_id, half_stars, wait=query.wait is not None)


@router.delete("/users/{user_id}/ratings/{movie_id}", status_code=201, responses=AWAY)
def take_back(user_id: UserId, movie_id: MovieId, query: Writing, here: Here) -> Visible | Accepted:
    """Take a rating back: an event like any other, answered like one."""
    return say(here, user_id, movie_id, None, wait=query.wait is not None)


@router.get("/personas")
def personas(here: Here) -> Personas:
    """A few users of the data set, described by their taste."""
    items = [shaping.persona(one, here.shelf) for one in here.shelf.personas]
    return Personas(note=here.note, items=items)


@router.post("/visitors", status_code=201)
def visitor() -> Visitor:
    """An id for somebody new."""
    return Visitor(user_id=FIRST_VISITOR_ID + secrets.randbelow(MAX_ID + 1 - FIRST_VISITOR_ID))


def _chosen(user_id: int, limit: int, here: Parts) -> Choice:
    try:
        found, popular = here.lookup.find(user_id), here.lookup.popular()
    except (StoreError, CorruptValue):
        chosen = fall_back(None, here.shelf, (), limit)
        return Choice(chosen.source, chosen.entries, degraded=True)
    return choose(found, popular, here.shelf, limit)


def _answer(user_id: int, choice: Choice, here: Parts) -> Recommendations:
    generated_at_ms = choice.generated_at_ms or here.services.clock.now_ms()
    return Recommendations(
        user_id=user_id,
        source=choice.source,
        model_version=choice.version,
        generated_at=instant(generated_at_ms),
        events_through=shaping.moment(choice.events_through_ms),
        stale=choice.stale,
        degraded=choice.degraded,
        note=here.note,
        items=[shaping.recommended(entry, here.shelf) for entry in choice.entries],
    )

"""Routes about trends and activity."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from fastapi import APIRouter

from api import response_mapping
from api.dependencies import Dependencies, Deps
from api.parameters import Acting, TrendingListing
from api.schemas import Activity, Problem, Trending, TrendingGenres
from contracts.events import instant
from contracts.trends import trending_genres, trending_movies

T = TypeVar("T")
router = APIRouter(tags=["trends"])
AWAY: dict[int | str, dict[str, object]] = {503: {"model": Problem}}


@router.get("/trending", responses=AWAY)
def trending(query: TrendingListing, deps: Deps) -> Trending | TrendingGenres:
    """What has been rated in the last ten minutes, hour, day or week.

    A rating counts less as it ages: half after a quarter of the window.
    """
    window = query.window
    (at_ms, tallies), degraded = deps.last_answers.ask(
        ("trending", window), lambda: _now(deps, partial(deps.trending.tallies, window))
    )
    labels = {"window": window, "as_of": instant(at_ms), "degraded": degraded}
    if query.by == "genre":
        genres = [
            response_mapping.trending_genre(*one) for one in trending_genres(tallies, query.limit)
        ]
        return TrendingGenres.model_validate(labels | {"items": genres})
    movies = trending_movies(tallies, query.limit, deps.catalogue.knows)
    items = [response_mapping.trending_movie(*one, deps.catalogue) for one in movies]
    return Trending.model_validate(labels | {"items": items})


@router.get("/activity", responses=AWAY)
def activity(query: Acting, deps: Deps) -> Activity:
    """How many ratings there are, and about how many people are active."""
    window, trends = query.window, deps.services.trends
    (at_ms, happened), degraded = deps.last_answers.ask(
        ("activity", window), lambda: _now(deps, lambda now: trends.activity(window.buckets(now)))
    )
    return response_mapping.activity(window, instant(at_ms), happened, degraded)


def _now(deps: Dependencies, read: Callable[[int], T]) -> tuple[int, T]:
    """What is read of this moment, in seconds; and the moment, in milliseconds."""
    now_ms = deps.services.clock.now_ms()
    return now_ms, read(now_ms // 1000)

"""Routes about what is going on."""

from fastapi import APIRouter

from api import shaping
from api.answers import Activity, Problem, Trending, TrendingGenres
from api.parameters import Acting, TrendingListing
from api.parts import Here
from contracts.events import instant
from contracts.trends import trending_genres, trending_movies

router = APIRouter(tags=["trends"])
AWAY: dict[int | str, dict[str, object]] = {503: {"model": Problem}}


@router.get("/trending", responses=AWAY)
def trending(query: TrendingListing, here: Here) -> Trending | TrendingGenres:
    """What is being rated these ten minutes, this hour, this day or this week.

    A rating counts less as it ages: half after a quarter of the window.
    """
    now_ms, window = here.services.clock.now_ms(), query.window
    tallies = here.trending.tallies(window, now_ms // 1000)
    if query.by == "genre":
        genres = [shaping.trending_genre(*one) for one in trending_genres(tallies, query.limit)]
        return TrendingGenres(window=window, as_of=instant(now_ms), items=genres)
    movies = trending_movies(tallies, query.limit)
    items = [shaping.trending_film(*one, here.shelf) for one in movies]
    return Trending(window=window, as_of=instant(now_ms), items=items)


@router.get("/activity", responses=AWAY)
def activity(query: Acting, here: Here) -> Activity:
    """How much is going on, and about how many people take part."""
    now_ms = here.services.clock.now_ms()
    happened = here.services.trends.activity(query.window.buckets(now_ms // 1000))
    return shaping.activity(query.window, instant(now_ms), happened)

"""Request parameters. An id has one spelling, so that no two URLs mean the same person."""

import re
from typing import Annotated, Literal

from fastapi import HTTPException, Query, Request
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from contracts.events import MAX_ID
from contracts.trends import Window

_PLAIN = re.compile(r"0|[1-9][0-9]{0,9}")


def plain_decimal(text: object) -> int:
    """The number in its canonical spelling: no sign, zeros, spaces, fraction or underscore."""
    if not isinstance(text, str) or not _PLAIN.fullmatch(text):
        raise ValueError("not a plain decimal number")
    return int(text)


def _half_step(stars: float) -> float:
    if stars * 2 % 1:
        raise ValueError("not a multiple of 0.5")
    return stars


async def given_once(request: Request) -> None:
    """Refuse a query that says the same parameter twice."""
    names = [name for name, _ in request.query_params.multi_items()]
    if len(set(names)) < len(names):
        raise HTTPException(422, "a parameter is given twice")


UserId = Annotated[int, Field(ge=1, le=MAX_ID), BeforeValidator(plain_decimal)]
MovieId = UserId
Limit = Annotated[int, Field(ge=1, le=100), BeforeValidator(plain_decimal)]
LongLimit = Annotated[int, Field(ge=1, le=1000), BeforeValidator(plain_decimal)]
Genre = Annotated[str, Field(min_length=1, max_length=50)]
Text = Annotated[str, Field(min_length=1, max_length=100)]
Stars = Annotated[float, Field(ge=0.5, le=5, allow_inf_nan=False), AfterValidator(_half_step)]


class Asked(BaseModel):
    """A query: unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid")


class ListQuery(Asked):
    """How many."""

    limit: Limit = 10


class RatingsQuery(Asked):
    """How many of a person's ratings."""

    limit: LongLimit = 100


class PopularQuery(ListQuery):
    """Of which genre."""

    genre: Genre | None = None


class SearchQuery(ListQuery):
    """Text to find in titles."""

    search: Text


class TrendingQuery(ListQuery):
    """What, and over which stretch of time."""

    window: Window = Window.minutes
    by: Literal["movie", "genre"] = "movie"


class ActivityQuery(Asked):
    """Over which stretch of time."""

    window: Window = Window.minutes


class WriteQuery(Asked):
    """Whether to wait until the rating is in the lists."""

    wait: Literal["visible"] | None = None


class RatingBody(BaseModel):
    """A rating as sent."""

    model_config = ConfigDict(extra="forbid", strict=True)

    movie_id: Annotated[int, Field(ge=1, le=MAX_ID)]
    rating: Stars


Listing = Annotated[ListQuery, Query()]
RatingsListing = Annotated[RatingsQuery, Query()]
PopularListing = Annotated[PopularQuery, Query()]
Searching = Annotated[SearchQuery, Query()]
TrendingListing = Annotated[TrendingQuery, Query()]
Acting = Annotated[ActivityQuery, Query()]
Writing = Annotated[WriteQuery, Query()]

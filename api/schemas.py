"""The API's response models."""

from pydantic import BaseModel

from contracts.list_precedence import Source
from contracts.trends import Window


class Problem(BaseModel):
    """Why a request failed."""

    detail: str


class MovieCard(BaseModel):
    """A movie as people know it."""

    movie_id: int
    title: str
    year: int | None
    genres: list[str]


class RecommendedMovie(MovieCard):
    """A recommended movie; predicted stars only if enough people rated it."""

    score: float
    predicted_stars: float | None


class Recommendations(BaseModel):
    """A person's list, where it comes from and what it reflects.

    `stale`: the person has rated something since that the list does not reflect yet. `degraded`:
    the store did not answer, or is incomplete (it was emptied, or is being loaded), so that movies
    which the person has already rated may be in the list.
    """

    user_id: int
    source: Source
    model_version: int | None
    generated_at: str
    events_through: str | None
    stale: bool
    degraded: bool
    note: str | None
    items: list[RecommendedMovie]


class RatedMovie(MovieCard):
    """A movie and the person's rating of it."""

    rating: float
    rated_at: str


class Ratings(BaseModel):
    """A person's current ratings, newest first; `total` counts all of them.

    `degraded`: the store was emptied, or is being loaded, and may not hold all of them.
    """

    user_id: int
    total: int
    degraded: bool
    items: list[RatedMovie]


class Accepted(BaseModel):
    """Kafka has acknowledged the event, at this partition and offset."""

    event_id: str
    partition: int
    offset: int


class Visible(Accepted):
    """Whether the person's list already reflects it, and after how long."""

    visible: bool
    milliseconds: int


class Movies(BaseModel):
    """Movies; the note says why there are none yet."""

    note: str | None
    items: list[MovieCard]


class PopularMovie(MovieCard):
    """A movie that many people like."""

    score: float


class Popular(BaseModel):
    """The most popular movies, of one genre or of all.

    `degraded`, here and below: the store did not answer, so this is its last known answer; for a
    movie's ratings, also while the store was emptied and does not hold all of them.
    """

    genre: str | None
    note: str | None
    degraded: bool
    items: list[PopularMovie]


class TrendingMovie(MovieCard):
    """A movie that is being rated; newer ratings count more towards its `score`."""

    score: float
    ratings: int
    mean_stars: float


class TrendingGenre(BaseModel):
    """A genre whose movies are being rated."""

    genre: str
    score: float
    ratings: int
    mean_stars: float


class Trending(BaseModel):
    """Movies rated in the window that ends at `as_of`, the highest score first."""

    window: Window
    as_of: str
    degraded: bool
    items: list[TrendingMovie]


class TrendingGenres(BaseModel):
    """Genres rated in the window that ends at `as_of`, the highest score first."""

    window: Window
    as_of: str
    degraded: bool
    items: list[TrendingGenre]


class Activity(BaseModel):
    """What happened in the window that ends at `as_of`.

    `rejected` records are not valid events; `ratings` were given at most an hour before their
    record. `active_users_about` is an estimate (HyperLogLog) of how many people rated, took back or
    dismissed something; `standard_error` is its relative standard error.
    """

    window: Window
    as_of: str
    degraded: bool
    records: int
    rejected: int
    rejected_share: float
    ratings: int
    active_users_about: int
    standard_error: float


class Links(BaseModel):
    """The movie on other sites."""

    imdb: str | None
    tmdb: str | None


class MovieDetails(MovieCard):
    """A movie and all its ratings; `histogram` counts ½ to 5 stars in half steps.

    `tags` are those that people gave it, most used first.
    """

    tags: list[str]
    links: Links
    ratings: int
    mean_stars: float | None
    histogram: list[int]
    degraded: bool


class PersonaCard(BaseModel):
    """A user of the data set, described by taste, and by age, sex and occupation if known."""

    user_id: int
    age: str | None
    sex: str | None
    occupation: str | None
    ratings: int
    genres: list[str]
    favourites: list[str]


class Personas(BaseModel):
    """Users of the data set whose lists can be looked at."""

    note: str | None
    items: list[PersonaCard]


class Visitor(BaseModel):
    """A new visitor."""

    user_id: int


class Live(BaseModel):
    """The process is running."""

    live: bool = True


class Ready(BaseModel):
    """Whether the API can serve, and if not, why; and which model, if the store knows.

    `model_held`: an operator holds this version, so that no retrain replaces it.
    """

    ready: bool
    reasons: list[str]
    model_version: int | None
    model_held: bool


class Step(BaseModel):
    """A step of the start-up."""

    name: str
    state: str
    detail: str = ""


class Start(BaseModel):
    """The start-up checklist."""

    steps: list[Step] = []
    message: str = ""


class FeedItem(BaseModel):
    """A rating and its effect, for the activity feed; visitors' ids are left out."""

    text: str
    user_id: int | None
    movie_id: int
    half_stars: int
    milliseconds: int
    gained: list[str]
    lost: list[str]

"""What the API answers."""

from pydantic import BaseModel

from contracts.reading import Source
from contracts.trends import Window


class Problem(BaseModel):
    """Why a request was not answered."""

    detail: str


class Film(BaseModel):
    """A movie as people know it."""

    movie_id: int
    title: str
    year: int | None
    genres: list[str]


class RecommendedFilm(Film):
    """A movie in a list; predicted stars only where enough people rated it."""

    score: float
    predicted_stars: float | None


class Recommendations(BaseModel):
    """A person's list, where it comes from and what it reflects.

    `stale`: the person has said something since that it does not reflect yet. `degraded`: the
    store did not answer, so this is what everybody likes, seen or not.
    """

    user_id: int
    source: Source
    model_version: int | None
    generated_at: str
    events_through: str | None
    stale: bool
    degraded: bool
    note: str | None
    items: list[RecommendedFilm]


class RatedFilm(Film):
    """A movie and what the person gave it."""

    rating: float
    rated_at: str


class Ratings(BaseModel):
    """A person's ratings that stand, the newest first; `total` counts all of them."""

    user_id: int
    total: int
    items: list[RatedFilm]


class Accepted(BaseModel):
    """Kafka has the event, at this place."""

    event_id: str
    partition: int
    offset: int


class Visible(Accepted):
    """Whether the person's list reflects it already, and after how long."""

    visible: bool
    milliseconds: int


class Films(BaseModel):
    """Movies; the note says why there are none yet."""

    note: str | None
    items: list[Film]


class PopularFilm(Film):
    """A movie that many like."""

    score: float


class Popular(BaseModel):
    """What everybody likes, of one genre or of all."""

    genre: str | None
    note: str | None
    items: list[PopularFilm]


class TrendingFilm(Film):
    """A movie that is being rated, and how; `score` counts newer ratings for more."""

    score: float
    ratings: int
    mean_stars: float


class TrendingGenre(BaseModel):
    """A genre whose movies are being rated, and how."""

    genre: str
    score: float
    ratings: int
    mean_stars: float


class Trending(BaseModel):
    """Movies rated in the window that ends at `as_of`, the highest score first."""

    window: Window
    as_of: str
    items: list[TrendingFilm]


class TrendingGenres(BaseModel):
    """Genres rated in the window that ends at `as_of`, the highest score first."""

    window: Window
    as_of: str
    items: list[TrendingGenre]


class Activity(BaseModel):
    """What happened in the window that ends at `as_of`.

    `rejected` records are no events; `ratings` were given at most an hour before their record.
    `active_users_about` is an estimate (HyperLogLog) of how many people rated, took back or
    dismissed something; `standard_error` is how far it is off on average, as a share of it.
    """

    window: Window
    as_of: str
    records: int
    rejected: int
    rejected_share: float
    ratings: int
    active_users_about: int
    standard_error: float


class Links(BaseModel):
    """The movie elsewhere."""

    imdb: str | None
    tmdb: str | None


class FilmDetails(Film):
    """A movie and all its ratings; `histogram` counts ½ to 5 stars in half steps.

    `tags` are what people call it, the most used first.
    """

    tags: list[str]
    links: Links
    ratings: int
    mean_stars: float | None
    histogram: list[int]


class PersonaCard(BaseModel):
    """A user of the data set, by taste; age, sex and occupation where the data set tells them."""

    user_id: int
    age: str | None
    sex: str | None
    occupation: str | None
    ratings: int
    genres: list[str]
    favourites: list[str]


class Personas(BaseModel):
    """People to look over the shoulder of."""

    note: str | None
    items: list[PersonaCard]


class Visitor(BaseModel):
    """A new person."""

    user_id: int


class Live(BaseModel):
    """The process answers."""

    live: bool = True


class Ready(BaseModel):
    """Whether it has something to serve, and if not, why."""

    ready: bool
    reasons: list[str]


class Step(BaseModel):
    """A step of the start-up."""

    name: str
    state: str
    detail: str = ""


class Start(BaseModel):
    """The start-up checklist."""

    steps: list[Step] = []
    message: str = ""


class StoryTold(BaseModel):
    """A rating and what it did, for the live line; visitors have no id here."""

    text: str
    user_id: int | None
    movie_id: int
    half_stars: int
    milliseconds: int
    gained: list[str]
    lost: list[str]

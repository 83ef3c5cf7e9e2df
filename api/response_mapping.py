"""Turns values into response models."""

from collections.abc import Sequence

from api.catalogue_index import CatalogueIndex
from api.list_selection import Entry
from api.schemas import (
    Activity,
    Links,
    MovieCard,
    MovieDetails,
    PersonaCard,
    PopularMovie,
    RatedMovie,
    Ratings,
    RecommendedMovie,
    TrendingGenre,
    TrendingMovie,
)
from contracts.catalogue import Movie, Person, Persona
from contracts.events import instant
from contracts.histories import Entry as HistoryEntry
from contracts.histories import is_rated
from contracts.hyperloglog import STANDARD_ERROR, estimate, merged
from contracts.list_precedence import Found
from contracts.trends import Activity as Happened
from contracts.trends import Tally, Window


def movie_card(movie: Movie) -> MovieCard:
    """A movie's card."""
    return MovieCard.model_validate(_card(movie))


def recommended(entry: Entry, catalogue: CatalogueIndex) -> RecommendedMovie:
    """An entry of a person's list."""
    rank = {"score": entry.score, "predicted_stars": entry.predicted_stars}
    return RecommendedMovie.model_validate(_card(catalogue.movie(entry.movie_id)) | rank)


def popular(entry: Entry, catalogue: CatalogueIndex) -> PopularMovie:
    """An entry of the popular movies."""
    return PopularMovie.model_validate(
        _card(catalogue.movie(entry.movie_id)) | {"score": entry.score}
    )


def trending_movie(movie_id: int, tally: Tally, catalogue: CatalogueIndex) -> TrendingMovie:
    """A trending movie."""
    return TrendingMovie.model_validate(_card(catalogue.movie(movie_id)) | _tallied(tally))


def trending_genre(genre: str, tally: Tally) -> TrendingGenre:
    """A trending genre."""
    return TrendingGenre.model_validate({"genre": genre} | _tallied(tally))


def activity(window: Window, as_of: str, buckets: Sequence[Happened], degraded: bool) -> Activity:
    """What happened in all of these buckets."""
    records, rejected = sum(b.records for b in buckets), sum(b.rejected for b in buckets)
    return Activity(
        window=window,
        as_of=as_of,
        degraded=degraded,
        records=records,
        rejected=rejected,
        rejected_share=round(rejected / records, 4) if records else 0,
        ratings=sum(b.ratings for b in buckets),
        active_users_about=round(estimate(merged(b.users for b in buckets))),
        standard_error=round(STANDARD_ERROR, 3),
    )


def ratings(user_id: int, found: Found, catalogue: CatalogueIndex, limit: int) -> Ratings:
    """A person's ratings that stand, the newest first."""
    entries = found.history.entries
    standing = [(m, said) for m, said in entries.items() if is_rated(said.state)]
    standing.sort(key=lambda pair: (-pair[1].rated_at_ms, pair[0]))
    items = [_rated(catalogue.movie(movie), said) for movie, said in standing[:limit]]
    return Ratings(user_id=user_id, total=len(standing), degraded=not found.whole, items=items)


def details(movie: Movie, histogram: Sequence[int], degraded: bool) -> MovieDetails:
    """A movie and its ratings."""
    count = sum(histogram)
    half_stars = sum(half * given for half, given in enumerate(histogram, 1))
    counts = {"ratings": count, "mean_stars": _mean(half_stars, count) if count else None}
    counts |= {"degraded": degraded}
    rest = {"tags": list(movie.tags), "links": _links(movie), "histogram": list(histogram)}
    return MovieDetails.model_validate(_card(movie) | counts | rest)


def persona(one: Persona, catalogue: CatalogueIndex) -> PersonaCard:
    """A persona with titles."""
    person = one.person or Person(one.user_id)
    return PersonaCard(
        user_id=one.user_id,
        age=person.age,
        sex=person.sex,
        occupation=person.occupation,
        ratings=one.ratings,
        genres=list(one.genres),
        favourites=[catalogue.movie(movie).title for movie in one.favourites],
    )


def moment(ms: int) -> str | None:
    """An instant, or None for 0."""
    return instant(ms) if ms else None


def _card(movie: Movie) -> dict[str, object]:
    card = {"movie_id": movie.movie_id, "title": movie.title, "year": movie.year}
    return card | {"genres": list(movie.genres)}


def _rated(movie: Movie, entry: HistoryEntry) -> RatedMovie:
    rating = {"rating": entry.state / 2, "rated_at": instant(entry.rated_at_ms)}
    return RatedMovie.model_validate(_card(movie) | rating)


def _links(movie: Movie) -> Links:
    imdb = f"https://www.imdb.com/title/{movie.imdb_id}/" if movie.imdb_id else None
    tmdb = f"https://www.themoviedb.org/movie/{movie.tmdb_id}" if movie.tmdb_id else None
    return Links(imdb=imdb, tmdb=tmdb)


def _tallied(tally: Tally) -> dict[str, float]:
    mean = _mean(tally.half_stars, tally.ratings)
    return {"score": round(tally.score, 2), "ratings": tally.ratings, "mean_stars": mean}


def _mean(half_stars: int, ratings: int) -> float:
    return round(half_stars / 2 / ratings, 2)

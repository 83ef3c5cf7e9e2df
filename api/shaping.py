"""From values to answers."""

from collections.abc import Sequence

from api.answers import (
    Activity,
    Film,
    FilmDetails,
    Links,
    PersonaCard,
    PopularFilm,
    RatedFilm,
    Ratings,
    RecommendedFilm,
    TrendingFilm,
    TrendingGenre,
)
from api.ranking import Entry
from api.shelf import Shelf
from contracts.catalogue import Movie, Person, Persona
from contracts.events import instant
from contracts.histories import Entry as Said
from contracts.histories import History, is_rated
from contracts.sketches import STANDARD_ERROR, estimate, merged
from contracts.trends import Activity as Happened
from contracts.trends import Tally, Window


def film(movie: Movie) -> Film:
    """A movie's card."""
    return Film.model_validate(_card(movie))


def recommended(entry: Entry, shelf: Shelf) -> RecommendedFilm:
    """An entry of a person's list."""
    rank = {"score": entry.score, "predicted_stars": entry.predicted_stars}
    return RecommendedFilm.model_validate(_card(shelf.movie(entry.movie_id)) | rank)


def popular(entry: Entry, shelf: Shelf) -> PopularFilm:
    """An entry of the popular movies."""
    return PopularFilm.model_validate(_card(shelf.movie(entry.movie_id)) | {"score": entry.score})


def trending_film(movie_id: int, tally: Tally, shelf: Shelf) -> TrendingFilm:
    """A trending movie."""
    return TrendingFilm.model_validate(_card(shelf.movie(movie_id)) | _tallied(tally))


def trending_genre(genre: str, tally: Tally) -> TrendingGenre:
    """A trending genre."""
    return TrendingGenre.model_validate({"genre": genre} | _tallied(tally))


def activity(window: Window, as_of: str, buckets: Sequence[Happened]) -> Activity:
    """What happened in all of these buckets."""
    records, rejected = sum(b.records for b in buckets), sum(b.rejected for b in buckets)
    return Activity(
        window=window,
        as_of=as_of,
        records=records,
        rejected=rejected,
        rejected_share=round(rejected / records, 4) if records else 0,
        ratings=sum(b.ratings for b in buckets),
        active_users_about=round(estimate(merged(b.users for b in buckets))),
        standard_error=round(STANDARD_ERROR, 3),
    )


def ratings(user_id: int, history: History, shelf: Shelf, limit: int) -> Ratings:
    """A person's ratings that stand, the newest first."""
    standing = [(m, said) for m, said in history.entries.items() if is_rated(said.state)]
    standing.sort(key=lambda pair: (-pair[1].rated_at_ms, pair[0]))
    items = [_rated(shelf.movie(movie), said) for movie, said in standing[:limit]]
    return Ratings(user_id=user_id, total=len(standing), items=items)


def details(movie: Movie, histogram: Sequence[int]) -> FilmDetails:
    """A movie and its ratings."""
    count = sum(histogram)
    half_stars = sum(half * given for half, given in enumerate(histogram, 1))
    counts = {"ratings": count, "mean_stars": _mean(half_stars, count) if count else None}
    rest = {"tags": list(movie.tags), "links": _links(movie), "histogram": list(histogram)}
    return FilmDetails.model_validate(_card(movie) | counts | rest)


def persona(one: Persona, shelf: Shelf) -> PersonaCard:
    """A persona with titles."""
    person = one.person or Person(one.user_id)
    return PersonaCard(
        user_id=one.user_id,
        age=person.age,
        sex=person.sex,
        occupation=person.occupation,
        ratings=one.ratings,
        genres=list(one.genres),
        favourites=[shelf.movie(movie).title for movie in one.favourites],
    )


def moment(ms: int) -> str | None:
    """An instant, or None for 0."""
    return instant(ms) if ms else None


def _card(movie: Movie) -> dict[str, object]:
    card = {"movie_id": movie.movie_id, "title": movie.title, "year": movie.year}
    return card | {"genres": list(movie.genres)}


def _rated(movie: Movie, said: Said) -> RatedFilm:
    rating = {"rating": said.state / 2, "rated_at": instant(said.rated_at_ms)}
    return RatedFilm.model_validate(_card(movie) | rating)


def _links(movie: Movie) -> Links:
    imdb = f"https://www.imdb.com/title/{movie.imdb_id}/" if movie.imdb_id else None
    tmdb = f"https://www.themoviedb.org/movie/{movie.tmdb_id}" if movie.tmdb_id else None
    return Links(imdb=imdb, tmdb=tmdb)


def _tallied(tally: Tally) -> dict[str, float]:
    mean = _mean(tally.half_stars, tally.ratings)
    return {"score": round(tally.score, 2), "ratings": tally.ratings, "mean_stars": mean}


def _mean(half_stars: int, ratings: int) -> float:
    return round(half_stars / 2 / ratings, 2)

"""What a model shows to people of twelve tastes: for everybody to look at."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from batch.taste_definitions import TASTES, Named, Taste, folded, found_in
from contracts.artefact import Model
from contracts.catalogue import Catalogue, Movie
from contracts.histories import Entry, History
from contracts.process_exit import USAGE, Failure
from recommender.fold_in import Folder
from recommender.preference import FIVE_STARS

GIVEN = (1, 3, 5)
"""Movies of a taste that get five stars."""
K = 10


class NoCatalogue(Failure):
    """Tastes of movies that nobody has described."""

    where = "batch tastes"
    what_to_do = "write the catalogue with `reelstream producer catalogue RELEASE`"
    code = USAGE


class Shown(msgspec.Struct, frozen=True):
    """A movie of a list, and whether it fits the taste that the list was made for."""

    movie_id: int
    title: str
    year: int | None
    fits: bool


class TasteList(msgspec.Struct, frozen=True):
    """The top ten after five stars for the first movies of a taste."""

    taste: str
    liked: list[str]
    fitting: int
    movies: list[Shown]


class TastesShown(msgspec.Struct, frozen=True):
    """All lists; and the tastes of which the model knows fewer than five movies."""

    lists: list[TasteList]
    unknown: list[str]


def show(model: Model, catalogue: Catalogue) -> TastesShown:
    """The lists of all tastes, after one, three and five ratings."""
    folder, movies = Folder(model), {one.movie_id: one for one in catalogue.movies}
    learned = set(model.movies[model.ratings > 0].tolist())
    known = found_in(one for one in catalogue.movies if one.movie_id in learned)
    lists, unknown = [], []
    for taste in TASTES:
        liked = _known(taste, known)
        if len(liked) < max(GIVEN):
            unknown.append(taste.name)
            continue
        lists += [_shown(taste, liked[:given], folder, movies) for given in GIVEN]
    return TastesShown(lists, unknown)


def told(shown: TastesShown) -> str:
    """The lists as text: what fits is marked."""
    parts = [_told(one) for one in shown.lists]
    if shown.unknown:
        parts.append(f"Fewer than five known movies: {', '.join(shown.unknown)}")
    return "\n\n".join(parts)


def _told(one: TasteList) -> str:
    rows = (
        f"{'  *' if movie.fits else '   '} {movie.title}"
        + (f" ({movie.year})" if movie.year else "")
        for movie in one.movies
    )
    head = f"{one.taste}: {one.fitting} of {len(one.movies)} fit, after {', '.join(one.liked)}"
    return "\n".join([head, *rows])


def _known(taste: Taste, known: Mapping[Named, Movie]) -> list[Movie]:
    """Movies of a taste that the model has learned, in the taste's order, each once."""
    found = (known.get(folded(name)) for name in taste.liked)
    return list({one.movie_id: one for one in found if one}.values())


def _shown(
    taste: Taste, liked: Sequence[Movie], folder: Folder, movies: dict[int, Movie]
) -> TasteList:
    best = list(_best(liked, folder, movies))
    shown = [Shown(one.movie_id, one.title, one.year, taste.fits(one)) for one in best]
    fitting = sum(one.fits for one in shown)
    return TasteList(taste.name, [one.title for one in liked], fitting, shown)


def _best(liked: Sequence[Movie], folder: Folder, movies: dict[int, Movie]) -> Iterator[Movie]:
    """The top ten of somebody who gave five stars to these."""
    rated = {one.movie_id: Entry(FIVE_STARS, rated_at_ms=0) for one in liked}
    for movie_id in folder.ranked(History(rated), K).movies.tolist():
        yield movies.get(movie_id, Movie(movie_id, f"movie {movie_id}", None, (), None, None, 0))

"""Five movies of one taste give a list of that taste: on real ratings, as batch trains."""

from itertools import combinations
from pathlib import Path

import pytest

from batch.evaluation.dataset import load, load_content
from batch.native_engine import Native
from batch.training import train
from contracts.histories import Entry, History
from contracts.hyper_parameters import Parameters
from harness.builders import AT_MS
from movielens.release import open_release
from movielens.release_metadata import read_metadata
from recommender.fold_in import Folder

TOP = 10
TASTES = {
    "Horror": (1982, 2288, 1347, 1997, 1258),  # Halloween, The Thing, Elm Street, Exorcist, Shining
    "Western": (1201, 1266, 3681, 1254, 1304),
    "Musical": (1035, 1028, 1380, 1947, 899),  # Sound of Music, Mary Poppins, Grease, West Side …
    "Adventure": (2947, 10, 2948, 2949, 2991),  # five of James Bond
    "Animation": (5618, 6350, 3000, 5971, 31658),  # five of Miyazaki and his studio
}
AT_LEAST = {"Horror": 9, "Western": 9, "Musical": 8, "Adventure": 6, "Animation": 6}
"""Movies of the genre among ten. A popularity prior of .16 leaves 2, 0, 0, 4 and 2."""


@pytest.fixture(scope="module")
def lists(data: Path) -> dict[str, list[int]]:
    """What somebody is shown who gave five stars to five movies of a taste."""
    ratings, describe = load(data).rated(), load_content(data)
    folder = Folder(train(ratings, Parameters(), Native(2), describe=describe))
    return {taste: ranked(folder, movies) for taste, movies in TASTES.items()}


def ranked(folder: Folder, movies: tuple[int, ...]) -> list[int]:
    said = {movie: Entry(10, AT_MS + at) for at, movie in enumerate(movies)}
    return [int(movie) for movie in folder.ranked(History(said, len(said), AT_MS), TOP).movies]


@pytest.mark.slow
@pytest.mark.parametrize("taste", TASTES)
def test_a_list_has_movies_of_the_taste(
    taste: str, lists: dict[str, list[int]], data: Path
) -> None:
    genres = {movie.movie_id: movie.genres for movie in read_metadata(open_release(data)).movies}

    assert sum(taste in genres[movie] for movie in lists[taste]) >= AT_LEAST[taste]


@pytest.mark.slow
def test_two_tastes_have_hardly_a_movie_in_common(lists: dict[str, list[int]]) -> None:
    shared = [len({*one} & {*other}) for one, other in combinations(lists.values(), 2)]

    assert max(shared) <= 3  # a popularity prior of .16 gives up to 7

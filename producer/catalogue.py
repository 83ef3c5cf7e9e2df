"""The catalogue of a release: its movies, its people, and a few of them told by their taste."""

from collections.abc import Iterator

from contracts.catalogue import Catalogue, Movie
from contracts.movielens.blocks import Ratings, read_blocks
from contracts.movielens.layouts import Release
from contracts.movielens.movies import Link, read_links, read_movies
from contracts.movielens.people import read_people
from contracts.movielens.tags import read_tags
from producer.personas import described, strongest
from producer.tally import Tally


def build(release: Release, latest_s: int) -> Catalogue:
    """The catalogue of a release; its ratings are read twice, a block at a time.

    Lines that are no ratings are passed over here: a replay counts them.

    Args:
        release: where it lies.
        latest_s: the last second that a rating may carry.

    Raises:
        NotMovieLens: naming the line that is no movie, link, tag or user.
        Damaged: if a file is not whole, or changes meanwhile.
    """
    rows, people = read_movies(release), read_people(release)
    tally = Tally(rows)
    for ratings in _ratings(release, latest_s):
        tally.add(ratings)
    likes, links, tags = tally.likes(), read_links(release), read_tags(release)
    movies = [
        Movie(
            row.movie_id,
            row.title,
            row.year,
            row.genres,
            *links.get(row.movie_id, Link(None, None)),
            likes=likes[row.movie_id],
            tags=tags.get(row.movie_id, ()),
        )
        for row in rows
    ]
    personas = described(strongest(tally), _ratings(release, latest_s), movies, people)
    return Catalogue(movies, personas, list(people.values()))


def _ratings(release: Release, latest_s: int) -> Iterator[Ratings]:
    return (block.ratings for block in read_blocks(release.ratings, latest_s))

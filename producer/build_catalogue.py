"""The catalogue of a release: its movies, its people, and a few personas."""

from collections.abc import Iterator

from contracts.catalogue import Catalogue, Movie
from movielens.movies import Link
from movielens.rating_blocks import Ratings, read_blocks
from movielens.release import Release
from movielens.release_metadata import ReleaseMetadata
from producer.likes_by_genre import LikesByGenre
from producer.persona_selection import described, strongest


def build(release: Release, metadata: ReleaseMetadata, latest_s: int) -> Catalogue:
    """The catalogue of a release; its ratings are read twice, a block at a time.

    Invalid lines are skipped here; a replay counts them.

    Args:
        release: where the ratings lie.
        metadata: what else it tells.
        latest_s: the last second that a rating may carry.

    Raises:
        Damaged: if a file is not whole, or changes meanwhile.
    """
    tally = LikesByGenre(metadata.movies)
    for ratings in _ratings(release, latest_s):
        tally.add(ratings)
    likes, people = tally.likes(), metadata.people
    movies = [
        Movie(
            row.movie_id,
            row.title,
            row.year,
            row.genres,
            *metadata.links.get(row.movie_id, Link(None, None)),
            likes=likes[row.movie_id],
            tags=metadata.tags.get(row.movie_id, ()),
        )
        for row in metadata.movies
    ]
    personas = described(strongest(tally), _ratings(release, latest_s), movies, people)
    return Catalogue(movies, personas, list(people.values()))


def _ratings(release: Release, latest_s: int) -> Iterator[Ratings]:
    return (block.ratings for block in read_blocks(release.ratings, latest_s))

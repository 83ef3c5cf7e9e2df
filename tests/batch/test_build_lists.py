from dataclasses import replace

import numpy as np

from batch.build_lists import (
    LIST_LENGTH,
    POPULAR_LENGTH,
    content_of,
    make,
    popular_list,
    user_lists,
)
from batch.snapshot import Snapshot
from contracts.artefact import Model
from contracts.catalogue import Catalogue, Movie
from contracts.partitioner import partition_of
from contracts.ranked_lists import NO_STARS, RankedList, pack
from contracts.version_lists import VersionLists
from harness.batch.checkerboard import said
from harness.builders import AT_MS, PARTITIONS, model
from recommender.fold_in import Folder

CATALOGUE = Catalogue(
    [
        Movie(10, "Ten", 1994, ("Crime", "Drama"), None, None, 3, ("heist",)),
        Movie(20, "Twenty", 1995, ("Drama",), None, None, 2),
        Movie(30, "Thirty", None, ("Western",), None, None, 1, ("dust",)),
        Movie(99, "Unknown to the model", 1999, ("Musical",), None, None, 0),
    ],
    [],
)


def popular_of(one: Model) -> RankedList:
    return popular_list(2, one, np.arange(len(one.movies)), AT_MS)


def made(one: Model, catalogue: Catalogue | None = CATALOGUE) -> VersionLists:
    content = content_of(catalogue, one.movies)
    return make(2, one, said_by_some(), PARTITIONS, AT_MS, content)


def said_by_some() -> Snapshot:
    """User 1 likes 10 and has seen 20; user 2 likes nothing; user 3 likes 30."""
    users, movies, half_stars = np.array([(1, 10, 10), (1, 20, 5), (2, 10, 2), (3, 30, 9)]).T
    return replace(said(users, movies, half_stars), offsets=dict.fromkeys(range(PARTITIONS), 7))


def test_popular_movies_come_by_likes() -> None:
    one = model(movies=4)
    one.likes[:] = [3, 9, 0, 5]

    popular = popular_of(one)

    assert popular.movies.tolist() == [20, 40, 10, 30]
    assert popular.scores.tolist() == [9, 5, 3, 0]


def test_equally_liked_movies_come_by_id() -> None:
    one = model(movies=3)
    one.likes[:] = 1

    assert popular_of(one).movies.tolist() == [10, 20, 30]


def test_the_popular_list_is_stamped_and_predicts_no_stars() -> None:
    popular = popular_of(model())

    assert (popular.version, popular.next_offset, popular.generated_at_ms) == (2, 0, AT_MS)
    assert np.all(popular.stars_x10 == NO_STARS)


def test_the_popular_list_is_a_bounded_value() -> None:
    popular = popular_of(model(movies=POPULAR_LENGTH + 1))

    assert len(popular.movies) == POPULAR_LENGTH
    assert len(pack(popular)) <= 65_536


def test_everybody_who_likes_something_has_a_list() -> None:
    lists = made(model()).lists

    assert lists.users.tolist() == [1, 3]
    assert lists.partitions.tolist() == [partition_of(user, PARTITIONS) for user in (1, 3)]


def test_a_list_is_that_of_a_fold_in() -> None:
    one, lists = model(), made(model()).lists

    histories = dict(said_by_some().histories())

    for row, user in enumerate(lists.users.tolist()):
        ranked, alone = lists.row(row), Folder(one).ranked(histories[user], LIST_LENGTH)
        assert ranked.movies.tolist() == alone.movies.tolist()
        assert ranked.stars_x10.tolist() == alone.stars_x10.tolist()
        assert np.allclose(ranked.scores, alone.scores, atol=1e-5)


def test_a_list_is_stamped() -> None:
    first = made(model()).lists.row(0)

    assert (first.version, first.next_offset, first.generated_at_ms) == (2, 7, AT_MS)
    assert first.events_through_ms == 1


def test_lists_of_different_lengths_keep_theirs() -> None:
    lists = made(model(movies=12)).lists

    assert lists.counts.tolist() == [10, 11]
    assert len(lists.row(0).movies) == 10
    assert 0 not in lists.row(0).movies


def test_without_anybody_there_are_no_lists() -> None:
    nobody = said(*np.empty((3, 0), int))

    assert len(user_lists(2, model(), nobody, PARTITIONS, AT_MS)) == 0


def test_each_genre_has_its_popular_movies() -> None:
    one = model()
    one.likes[:3] = [5, 8, 2]

    by_genre = made(one).by_genre

    movies = {genre: some.movies.tolist() for genre, some in by_genre.items()}
    assert movies == {"Crime": [10], "Drama": [20, 10], "Western": [30]}


def test_movies_are_similar_by_their_factors() -> None:
    one = model()
    one.factors[4] = one.factors[7] * 3

    similar = made(one).similar

    assert (similar[50].version, similar[50].movies[0], similar[80].movies[0]) == (2, 80, 50)
    assert similar[50].cosines[0] > 0.999


def test_a_movie_that_few_rated_is_similar_by_its_content() -> None:
    one = model()
    one.ratings[0] = 1

    assert made(one).similar[10].movies.tolist() == [20]


def test_without_a_catalogue_factors_alone_tell() -> None:
    one = model()
    one.ratings[0] = 1

    alone = made(one, None)

    assert alone.by_genre == {}
    assert 10 not in alone.similar
    assert alone.similar[50].movies.tolist() == made(one).similar[50].movies.tolist()

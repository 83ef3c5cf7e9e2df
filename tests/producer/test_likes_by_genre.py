from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from movielens.movies import MovieRow
from movielens.rating_blocks import Ratings
from producer.likes_by_genre import MOST_GENRES, LikesByGenre
from recommender.preference import LIKE_FROM

MOVIES = [
    MovieRow(50, "A", None, ("War", "Drama")),
    MovieRow(3, "B", None, ()),
    MovieRow(2**31 - 1, "C", None, ("Drama",)),
]
GENRES = {movie.movie_id: movie.genres for movie in MOVIES}
RATED = st.tuples(
    st.integers(1, 9) | st.just(999_999_999),
    st.sampled_from([1, 3, 50, 60, 2**31 - 1]),
    st.integers(1, 10),
)
Rated = list[tuple[int, int, int]]


def ratings(rated: Rated) -> Ratings:
    user, movie, half_stars = np.array(rated, np.int64).reshape(-1, 3).T
    return Ratings(
        np.arange(len(rated)),
        user.astype(np.int32),
        movie.astype(np.int32),
        half_stars.astype(np.uint8),
        np.zeros(len(rated), np.int64),
    )


@given(st.lists(st.lists(RATED, max_size=30), max_size=5))
def test_blocks_are_counted_as_a_plain_count_of_all_rows_does(blocks: list[Rated]) -> None:
    tally = LikesByGenre(MOVIES)
    for block in blocks:
        tally.add(ratings(block))

    rows = [row for block in blocks for row in block]
    liked = [(user, movie) for user, movie, given in rows if given >= LIKE_FROM]
    of_genre = [(user, genre) for user, movie in liked for genre in GENRES.get(movie, ())]
    assert tally.likes() == {n: sum(movie == n for _, movie in liked) for n in GENRES}
    assert counted(tally, tally.ratings) == Counter(user for user, _, _ in rows)
    assert counted(tally, tally.liked) == Counter(u for u, movie in liked if GENRES.get(movie))
    for place, genre in enumerate(tally.genres):
        expected = Counter(user for user, found in of_genre if found == genre)
        assert counted(tally, tally.liked_by_genre[:, place]) == expected


def counted(
    tally: LikesByGenre, counts: "np.ndarray[tuple[int, ...], np.dtype[np.int32]]"
) -> Counter[int]:
    return Counter(dict(zip(tally.user_id.tolist(), counts.tolist(), strict=True)))


def test_genres_are_in_alphabetical_order() -> None:
    assert LikesByGenre(MOVIES).genres == ["Drama", "War"]


def test_of_very_many_genres_the_most_frequent_are_counted() -> None:
    rare = [MovieRow(n, "A", None, (f"Genre {n}",)) for n in range(1, 1000)]
    frequent = [MovieRow(n, "A", None, ("Drama",)) for n in (1000, 1001)]

    genres = LikesByGenre(rare + frequent).genres

    assert len(genres) == MOST_GENRES
    assert "Drama" in genres

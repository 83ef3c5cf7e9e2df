from pathlib import Path

from contracts.movielens import read_ratings
from producer.personas import FEWEST, PERSONAS, build
from tests.builders import movielens

GENRES = ("Comedy", "Drama", "Horror", "Sci-Fi", "War", "Western")
PER_GENRE = 40


def release(folder: Path, fans: int, ratings_each: int = FEWEST) -> Path:
    """Fans that love one genre each and hate the rest of what they rate."""
    movies = [(n, GENRES[n // PER_GENRE]) for n in range(len(GENRES) * PER_GENRE)]
    lines = []
    for user in range(fans):
        mine = GENRES[user % len(GENRES)]
        ordered = sorted(movies, key=lambda movie: movie[1] != mine)[:ratings_each]
        lines += [f"{user + 1},{n + 1},{5.0 if g == mine else 1.0},{n}\n" for n, g in ordered]
    titles = "".join(f"{n + 1},Film {n} (1999),{genre}\n" for n, genre in movies)
    return movielens(folder, "".join(lines), titles, "1,0114709,862\n")


def test_personas_lean_to_different_genres(tmp_path: Path) -> None:
    folder = release(tmp_path, fans=12)

    leanings = [p.genres[0] for p in build(folder, read_ratings(folder)).personas]

    assert len(leanings) == len(set(leanings)) == PERSONAS


def test_a_personas_genre_is_the_one_that_the_user_loves(tmp_path: Path) -> None:
    folder = release(tmp_path, fans=12)

    for persona in build(folder, read_ratings(folder)).personas:
        assert persona.genres[0] == GENRES[(persona.user_id - 1) % len(GENRES)]


def test_favourites_are_of_the_personas_genre(tmp_path: Path) -> None:
    folder = release(tmp_path, fans=6)
    catalogue = build(folder, read_ratings(folder))
    genres = {movie.movie_id: movie.genres for movie in catalogue.movies}

    for persona in catalogue.personas:
        assert all(persona.genres[0] in genres[movie] for movie in persona.favourites)


def test_a_user_with_few_ratings_is_no_persona(tmp_path: Path) -> None:
    folder = release(tmp_path, fans=6, ratings_each=FEWEST - 1)

    assert build(folder, read_ratings(folder)).personas == []


def test_the_catalogue_knows_likes_and_links(tmp_path: Path) -> None:
    folder = release(tmp_path, fans=7)

    first, second, *_ = build(folder, read_ratings(folder)).movies

    assert (first.likes, first.imdb_id, first.tmdb_id) == (2, "tt0114709", 862)
    assert (second.imdb_id, second.tmdb_id) == (None, None)


def test_movies_that_nobody_rated_are_in_the_catalogue(tmp_path: Path) -> None:
    folder = movielens(tmp_path, "1,10,4.0,5\n", "10,A (1999),Drama\n20,B (1999),Drama\n")

    catalogue = build(folder, read_ratings(folder))

    assert [(m.movie_id, m.likes) for m in catalogue.movies] == [(10, 1), (20, 0)]


def test_a_fan_of_movies_without_genres_is_no_persona(tmp_path: Path) -> None:
    rows = "".join(f"1,{n},5.0,{n}\n" for n in range(1, FEWEST + 1))
    movies = "".join(f"{n},A (1999),(no genres listed)\n" for n in range(1, FEWEST + 1))
    folder = movielens(tmp_path, rows, movies)

    assert build(folder, read_ratings(folder)).personas == []

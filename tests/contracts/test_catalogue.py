from pathlib import Path

import pytest

from contracts.catalogue import (
    CHUNK_MOVIES,
    Catalogue,
    Movie,
    Persona,
    from_chunks,
    load,
    save,
    to_chunks,
)

PERSONAS = [Persona(7, 214, ("Horror", "Thriller"), (1, 4))]


def catalogue(movies: int) -> Catalogue:
    titles = (f"Amélie {n} " + "x" * 100 for n in range(1, movies + 1))
    return Catalogue(
        [Movie(n, t, 2001, ("Comedy",), "tt0211915", 194, n) for n, t in enumerate(titles, 1)],
        PERSONAS,
    )


@pytest.mark.parametrize("movies", [0, 1, CHUNK_MOVIES, CHUNK_MOVIES + 1])
def test_chunks_make_the_catalogue_again(movies: int) -> None:
    one = catalogue(movies)

    assert from_chunks(to_chunks(one)) == one


def test_no_chunk_is_larger_than_64_kib() -> None:
    assert max(map(len, to_chunks(catalogue(2 * CHUNK_MOVIES)))) <= 65_536


def test_a_saved_catalogue_is_loaded(tmp_path: Path) -> None:
    save(tmp_path / "deep" / "catalogue.json", catalogue(3))

    assert load(tmp_path / "deep" / "catalogue.json") == catalogue(3)


def test_there_is_no_catalogue_before_one_is_saved(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "catalogue.json")

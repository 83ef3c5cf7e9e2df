import pytest

from contracts.catalogue import CHUNK_MOVIES, Catalogue, Movie, Persona
from contracts.keys import Keys
from contracts.store.catalogue import CatalogueStore
from contracts.store.connection import Client

pytestmark = pytest.mark.integration


def catalogue(movies: int) -> Catalogue:
    titles = [Movie(n, f"Amélie {n}", 2001, ("Comedy",), None, 1, n) for n in range(1, movies + 1)]
    return Catalogue(titles, [Persona(7, 214, ("Horror",), (1, 4))])


@pytest.fixture
def store(client: Client, keys: Keys) -> CatalogueStore:
    return CatalogueStore(client, keys)


def test_there_is_no_catalogue_before_one_is_written(store: CatalogueStore) -> None:
    assert store.read() is None


@pytest.mark.parametrize("movies", [0, 3, 2 * CHUNK_MOVIES + 1])
def test_a_catalogue_is_read_as_written(store: CatalogueStore, movies: int) -> None:
    store.write(catalogue(movies))

    assert store.read() == catalogue(movies)


def test_a_smaller_catalogue_replaces_a_larger(store: CatalogueStore) -> None:
    store.write(catalogue(CHUNK_MOVIES + 1))
    store.write(catalogue(2))

    assert store.read() == catalogue(2)


def test_a_catalogue_that_lost_a_chunk_is_none(
    store: CatalogueStore, client: Client, keys: Keys
) -> None:
    store.write(catalogue(CHUNK_MOVIES + 1))
    client.delete(keys.catalogue(1))

    assert store.read() is None

import pytest

from contracts.catalogue import Catalogue, Movie, Person, Persona, to_chunks
from contracts.redis_keys import Keys
from redis_store.catalogue import CatalogueStore
from redis_store.connection import Client

pytestmark = pytest.mark.integration

SEVERAL_CHUNKS = 2_000


def catalogue(movies: int) -> Catalogue:
    titles = [Movie(n, f"Amélie {n}", 2001, ("Comedy",), None, 1, n) for n in range(1, movies + 1)]
    fan = Person(7, "25-34", "F", "writer")
    return Catalogue(titles, [Persona(7, 214, ("Horror",), (1, 4), fan)], [fan])


@pytest.fixture
def store(client: Client, keys: Keys) -> CatalogueStore:
    return CatalogueStore(client, keys)


def test_there_is_no_catalogue_before_one_is_written(store: CatalogueStore) -> None:
    assert store.read() is None


@pytest.mark.parametrize("one", [Catalogue([], []), catalogue(3), catalogue(SEVERAL_CHUNKS)])
def test_a_catalogue_is_read_as_written(store: CatalogueStore, one: Catalogue) -> None:
    store.write(one)

    assert store.read() == one


def test_a_smaller_catalogue_replaces_a_larger(store: CatalogueStore) -> None:
    store.write(catalogue(SEVERAL_CHUNKS))
    store.write(catalogue(2))

    assert store.read() == catalogue(2)


def test_a_catalogue_that_lost_a_chunk_is_none(
    store: CatalogueStore, client: Client, keys: Keys
) -> None:
    store.write(catalogue(SEVERAL_CHUNKS))
    assert len(to_chunks(catalogue(SEVERAL_CHUNKS))) > 2
    client.delete(keys.catalogue(1))

    assert store.read() is None

import pytest

from contracts.catalogue import Catalogue
from contracts.process_exit import Failure
from contracts.redis_keys import Keys
from harness.builders import rated
from producer.rate_movie import published, refuse_unknown
from redis_store.catalogue import CatalogueStore
from redis_store.connection import connect
from tests.producer.builders import catalogue_of


@pytest.mark.parametrize("catalogue", [None, catalogue_of(), catalogue_of(9, 10)])
def test_a_movie_of_the_catalogue_may_be_rated_and_without_one_any(
    catalogue: Catalogue | None,
) -> None:
    refuse_unknown(rated(movie_id=10), catalogue)


def test_a_movie_that_the_catalogue_does_not_have_is_refused() -> None:
    with pytest.raises(Failure, match="movie 777777 is not among the catalogue's 2") as refused:
        refuse_unknown(rated(movie_id=777777), catalogue_of(9, 10))

    assert refused.value.code == 3


def test_a_store_that_cannot_be_asked_is_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = CatalogueStore(connect("redis://127.0.0.1:1/0", timeout_s=1), Keys("none:"))

    assert published(nowhere) is None
    said = capsys.readouterr().err
    assert said.startswith("warning: cannot check whether the movie is in the catalogue: ")

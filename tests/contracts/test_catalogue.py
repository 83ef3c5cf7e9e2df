from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalogue import (
    CHUNK_BYTES,
    Catalogue,
    DamagedCatalogue,
    Movie,
    Person,
    Persona,
    from_chunks,
    kept,
    load,
    save,
    to_chunks,
)
from contracts.stored_value_checks import CorruptValue
from movielens.metadata_parsing import MAX_TEXT
from movielens.movies import MAX_GENRES
from movielens.tags import MAX_TAGS

ALIEN = Movie(1, "Alien", 1979, ("Horror",), "tt0078748", 348, likes=3, tags=("space",))
FAN = Person(7, "25-34", "F", "writer")
CATALOGUE = Catalogue([ALIEN], [Persona(7, 214, ("Horror",), (1,), FAN)], [FAN, Person(8)])


def named(chunks: list[bytes]) -> dict[str, bytes]:
    return {f"chunk {n}": chunk for n, chunk in enumerate(chunks)}


TEXTS = st.text(min_size=1, max_size=MAX_TEXT) | st.sampled_from(
    ['"' * MAX_TEXT, "\\" * MAX_TEXT, "😀" * MAX_TEXT]
)
IDS = st.integers(1, 2**31 - 1)
MOVIES = st.builds(
    Movie,
    movie_id=IDS,
    title=TEXTS,
    year=st.none() | st.integers(0, 9999),
    genres=st.lists(TEXTS, max_size=MAX_GENRES).map(tuple),
    imdb_id=st.none() | st.just("tt0114709"),
    tmdb_id=st.none() | IDS,
    likes=st.integers(0, 10**8),
    tags=st.lists(TEXTS, max_size=MAX_TAGS).map(tuple),
)
LARGEST = Movie(1, "😀" * 200, 1999, ("😀" * 200,) * 20, "tt1", 1, 1, ("😀" * 200,) * 10)
PEOPLE = st.builds(Person, IDS, st.none() | TEXTS, st.sampled_from(["F", "M", None]), TEXTS)
CATALOGUES = st.builds(
    Catalogue,
    st.lists(MOVIES | st.just(LARGEST), max_size=12),
    st.just(CATALOGUE.personas),
    st.lists(PEOPLE, max_size=5),
)


@given(CATALOGUES)
def test_chunks_are_bounded_and_make_the_catalogue_again(catalogue: Catalogue) -> None:
    chunks = to_chunks(catalogue)

    assert from_chunks(named(chunks)) == catalogue
    assert max(map(len, chunks)) <= CHUNK_BYTES


@pytest.mark.parametrize("width", range(1000, 1030))
def test_chunks_that_are_just_full_are_bounded_too(width: int) -> None:
    people = [Person(n, occupation="x" * width) for n in range(100, 300)]

    assert max(map(len, to_chunks(Catalogue([], [], people)))) <= CHUNK_BYTES


def test_many_movies_share_a_chunk() -> None:
    assert len(to_chunks(Catalogue([ALIEN] * 400, []))) == 1


def test_a_catalogue_of_nothing_has_a_chunk() -> None:
    assert from_chunks(named(to_chunks(Catalogue([], [])))) == Catalogue([], [])


@pytest.mark.parametrize("chunk", [b"[]", b'[{"movie_id":1}]', b'{"titles":[]}', b"", b"junk"])
def test_chunks_of_another_format_are_refused(chunk: bytes) -> None:
    with pytest.raises(CorruptValue, match=r"^chunk 0: "):
        from_chunks(named([chunk]))


def test_a_saved_catalogue_is_loaded(tmp_path: Path) -> None:
    save(tmp_path / "deep" / "catalogue.json", CATALOGUE)

    assert load(tmp_path / "deep" / "catalogue.json") == CATALOGUE


def test_there_is_no_catalogue_before_one_is_saved(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "catalogue.json")


def test_a_file_from_before_tags_and_people_is_loaded(tmp_path: Path) -> None:
    movie = {"movie_id": 1, "title": "A", "year": None, "genres": [], "imdb_id": None}
    persona = {"user_id": 7, "ratings": 214, "genres": ["Horror"], "favourites": [1]}
    older = {"movies": [movie | {"tmdb_id": None, "likes": 3}], "personas": [persona]}
    (tmp_path / "catalogue.json").write_bytes(msgspec.json.encode(older))

    catalogue = load(tmp_path / "catalogue.json")

    assert catalogue.movies == [Movie(1, "A", None, (), None, None, 3, tags=())]
    assert catalogue.personas == [Persona(7, 214, ("Horror",), (1,), person=None)]
    assert catalogue.people == []


def test_the_kept_catalogue_is_that_of_the_file(tmp_path: Path) -> None:
    assert kept(tmp_path / "none.json") is None

    save(tmp_path / "catalogue.json", CATALOGUE)

    assert kept(tmp_path / "catalogue.json") == CATALOGUE


DAMAGED = [
    b"{",
    b"",
    b"junk",
    b"\xff\xfe",
    b'"\xff"',
    b"[]",
    b'{"movies":[{"movie_id":1}]}',
    b"[" * 9999,
]


@pytest.mark.parametrize("content", DAMAGED)
def test_a_file_that_nobody_can_read_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "catalogue.json").write_bytes(content)

    with pytest.raises(DamagedCatalogue, match=r"catalogue\.json is damaged: "):
        load(tmp_path / "catalogue.json")


@pytest.mark.parametrize("content", DAMAGED)
def test_a_kept_catalogue_that_nobody_can_read_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    (tmp_path / "catalogue.json").write_bytes(content)

    assert kept(tmp_path / "catalogue.json") is None
    assert "catalogue.json is damaged" in caplog.text

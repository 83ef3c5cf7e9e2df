from pathlib import Path

from contracts.events import Kind
from contracts.movielens import read_ratings
from producer.events import event_id, events
from tests.builders import movielens

ROWS = "1,10,4.0,30\n2,20,0.5,10\n2,20,0.5,10\n"


def original(at_s: int) -> int:
    return at_s * 1000


def test_rows_become_ratings_in_time_order(tmp_path: Path) -> None:
    ratings = read_ratings(movielens(tmp_path, ROWS))

    made = [(e.kind, e.user_id, e.movie_id, e.half_stars, e.rated_at_ms)
            for e in events(ratings, original)]  # fmt: skip

    assert made == [
        (Kind.rated, 2, 20, 1, 10_000), (Kind.rated, 2, 20, 1, 10_000),
        (Kind.rated, 1, 10, 8, 30_000),
    ]  # fmt: skip


def test_the_same_file_gives_the_same_events(tmp_path: Path) -> None:
    one = read_ratings(movielens(tmp_path / "a", ROWS))
    other = read_ratings(movielens(tmp_path / "b", ROWS))

    assert list(events(one, original)) == list(events(other, original))


def test_two_equal_rows_are_two_events(tmp_path: Path) -> None:
    ids = {e.event_id for e in events(read_ratings(movielens(tmp_path, ROWS)), original)}

    assert len(ids) == 3


def test_the_id_is_the_same_whenever_the_row_is_sent(tmp_path: Path) -> None:
    ratings = read_ratings(movielens(tmp_path, ROWS))

    first = [e.event_id for e in events(ratings, original)]
    again = [e.event_id for e in events(ratings, lambda _: 1_763_632_800_000)]

    assert first == again


def test_the_id_of_a_part_is_the_id_in_the_whole(tmp_path: Path) -> None:
    ratings = read_ratings(movielens(tmp_path, ROWS))

    whole = [e.event_id for e in events(ratings, original)]

    assert [e.event_id for e in events(ratings.between(0.5, 1), original)] == whole[2:]


def test_an_id_never_changes() -> None:
    assert event_id("0" * 64, 5, 7, 10, 1000) == "e49c35cc-dd1a-5eab-b134-5beafb5b8351"

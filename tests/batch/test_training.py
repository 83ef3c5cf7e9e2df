import dataclasses
from pathlib import Path

import numpy as np
import pytest
from msgspec import json
from msgspec.structs import replace

from batch.evaluation.dataset import load
from batch.native_engine import Native
from batch.training import NotEnoughRatings, NotFinite, screened, train, train_screened
from contracts.artefact import Model, Suspicion
from contracts.hyper_parameters import Parameters
from harness.batch.checkerboard import MISSING, MOVIES, USERS, checkerboard, said
from harness.batch.poisoning_attacks import HOUR_MS, Attack, Kind, little_known, together
from producer.generate import Shape, generate
from recommender.fold_in import Folder
from recommender.rating_checks import NotARating
from recommender.ratings import Pairs, Ratings
from recommender.shilling_screen import FLOOD
from recommender.similar_movies import Content

ENGINE = Native(threads=2)
SMALL = Parameters(
    rank=4,
    regularisation=0.03,
    base_likes=0,
    unobserved_weight=0.5,
    content_weight=0,
    content_scale=0,
)


def trained(parameters: Parameters = SMALL, threads: int = 2) -> Model:
    return train(checkerboard().rated, parameters, Native(threads))


def test_a_checkerboard_of_tastes_is_recovered() -> None:
    folder = Folder(trained())

    first = {user: int(folder.ranked(h, 10).movies[0]) for user, h in checkerboard().histories()}

    assert first == MISSING


def test_the_same_seed_gives_the_same_bits_however_many_threads() -> None:
    one, other = trained(threads=1), trained(threads=3)

    assert one.factors.tobytes() == other.factors.tobytes()


def test_another_seed_begins_elsewhere() -> None:
    other = Parameters(rank=4, base_likes=0, seed=2)

    assert trained().factors.tobytes() != trained(other).factors.tobytes()


def test_a_snapshot_without_a_like_is_not_enough() -> None:
    disliked = said(np.array([1, 2]), np.array([1, 2]), np.array([3, 2])).rated

    with pytest.raises(NotEnoughRatings, match="no likes among 2 ratings"):
        train(disliked, SMALL, ENGINE)


def test_factors_that_are_no_numbers_are_refused() -> None:
    class Broken(Native):
        def ranking(self, pairs: Pairs, *_: object) -> np.ndarray:
            return np.full((pairs.shape[1], 4), np.nan, np.float32)

    with pytest.raises(NotFinite, match="factors"):
        train(checkerboard().rated, SMALL, Broken(1))


def test_one_user_and_one_like_make_a_model() -> None:
    one = train(said(np.array([7]), np.array([10]), np.array([10])).rated, SMALL, ENGINE)

    assert one.movies.tolist() == [10]
    assert one.likes.tolist() == [1]


def test_a_movie_that_only_disliking_people_rated_is_known_and_never_liked() -> None:
    users, movies = np.array([1, 1, 2, 2]), np.array([1, 2, 1, 2])
    one = train(said(users, movies, np.array([10, 1, 10, 2])).rated, SMALL, ENGINE)
    folder = Folder(one)

    scores = folder.scores(np.array([0]), np.array([10], np.uint8))

    assert scores is not None
    assert scores[1] < scores[0]


def test_weights_of_one_change_no_bit() -> None:
    board = checkerboard().rated
    ones = train(board, SMALL, ENGINE, np.ones(USERS, np.float32))

    for name, array in trained().arrays().items():
        assert array.tobytes() == ones.arrays()[name].tobytes(), name


def horror_and_comedy(movies: np.ndarray) -> Content:
    """The first half of the board is horror, the other comedy."""
    genres = [("Horror",) if movie <= MOVIES // 2 else ("Comedy",) for movie in movies.tolist()]
    return dataclasses.replace(Content.unknown(len(movies)), genres=genres)


def test_vectors_end_with_what_is_known_of_movies() -> None:
    scaled = replace(SMALL, content_scale=0.5)
    plain = trained().arrays()
    described = train(checkerboard().rated, scaled, ENGINE, describe=horror_and_comedy).arrays()

    assert described["factors"][:, :4].tobytes() == plain["factors"].tobytes()
    assert described["factors"][0, 4:].tolist() == [0.0, 0.5]
    assert described["factors"][-1, 4:].tolist() == [0.5, 0.0]
    for name in plain.keys() - {"factors"}:
        assert described[name].tobytes() == plain[name].tobytes(), name


def test_content_of_no_weight_changes_no_bit() -> None:
    described = train(checkerboard().rated, SMALL, ENGINE, describe=horror_and_comedy)

    for name, array in trained().arrays().items():
        assert array.tobytes() == described.arrays()[name].tobytes(), name


def test_movies_of_a_genre_are_more_alike_and_nothing_but_the_ranking_changes() -> None:
    weighed = replace(SMALL, content_weight=5.0)
    plain = trained().arrays()
    described = train(checkerboard().rated, weighed, ENGINE, describe=horror_and_comedy).arrays()

    assert alike_within_genres(described["factors"]) > alike_within_genres(plain["factors"])
    assert described["factors"].shape == plain["factors"].shape
    for name in plain.keys() - {"factors"}:
        assert described[name].tobytes() == plain[name].tobytes(), name


def alike_within_genres(factors: np.ndarray) -> float:
    """Mean cosine of two movies of one genre, less that of two of different ones."""
    unit = factors / np.linalg.norm(factors, axis=1, keepdims=True)
    cosines, half = unit @ unit.T, MOVIES // 2
    return float(cosines[:half, :half].mean() - cosines[:half, half:].mean())


def test_who_floods_is_told_with_the_model_in_plain_numbers() -> None:
    board, many = checkerboard().rated, FLOOD + 100
    flood = Ratings(
        np.full(many, 999, np.int32),
        np.arange(1, many + 1, dtype=np.int32),
        np.full(many, 10, np.uint8),
        np.arange(many, dtype=np.int64),
    )

    (suspect,) = train_screened(together(board, flood), SMALL, ENGINE).suspects

    assert (suspect.user_id, suspect.reason) == (999, "flood")
    assert json.decode(json.encode(suspect), type=Suspicion) == suspect


def test_somebody_who_hardly_counts_leaves_others_as_without_that_user() -> None:
    board = checkerboard().rated
    movies = np.arange(1, MOVIES + 1, dtype=np.int32)
    stranger = Ratings(
        np.full(MOVIES, 999, np.int32),
        movies,
        np.tile(np.array([10, 1, 9], np.uint8), MOVIES // 3),
        np.ones(MOVIES, np.int64),
    )
    weights = np.array([1] * USERS + [1e-7], np.float32)

    without, beside = (
        trained().arrays(),
        train(together(board, stranger), SMALL, ENGINE, weights).arrays(),
    )

    assert (beside.pop("ratings") == without.pop("ratings") + 1).all()
    for name, array in without.items():
        assert beside[name] == pytest.approx(array, abs=1e-4), name


@pytest.mark.integration
@pytest.mark.parametrize("within_ms", [HOUR_MS, 14 * 24 * HOUR_MS])
@pytest.mark.parametrize("share", [0.01, 0.03, 0.05, 0.2])
@pytest.mark.parametrize("kind", [Kind.average, Kind.bandwagon])
def test_attackers_among_real_people_are_found_and_count_as_one(
    data: Path, kind: Kind, share: float, within_ms: int
) -> None:
    genuine = load(data).rated()
    people = len(np.unique(genuine.user_id))

    poisoned = Attack(kind, share, within_ms).on(genuine, little_known(genuine))
    found = screened(poisoned.rated)

    listed = {one.user for one in found.suspects}
    assert listed >= set(poisoned.attackers.tolist())
    assert len(listed - set(poisoned.attackers.tolist())) <= 0.01 * people
    assert found.weights[people:].sum() <= 1.001


@pytest.mark.integration
def test_real_people_count_for_one_each(data: Path) -> None:
    found = screened(load(data).rated())

    assert (found.weights == 1).all()
    assert not found.suspects


@pytest.mark.slow
def test_an_attack_on_generated_ratings_is_found(tmp_path: Path) -> None:
    shape = Shape(users=943, movies=1682, ratings=100_000, seed=1)
    generate(tmp_path / "made", shape, lambda _: None)
    genuine = load(tmp_path / "made").rated()

    poisoned = Attack(Kind.average, 0.05).on(genuine, little_known(genuine))
    found = screened(poisoned.rated)

    assert {one.user for one in found.suspects} >= set(poisoned.attackers.tolist())
    assert len(found.suspects) <= len(poisoned.attackers) + 9


def test_what_is_no_rating_is_refused_before_training() -> None:
    poisoned = said(np.array([1, 2]), np.array([1, 2]), np.array([10, 11])).rated

    with pytest.raises(NotARating, match="half-stars 11"):
        screened(poisoned)


def test_a_suspicious_user_still_gets_an_own_list() -> None:
    board = checkerboard()
    weights = np.array([1e-4] + [1] * (USERS - 1), np.float32)
    folder = Folder(train(board.rated, SMALL, ENGINE, weights))

    user, history = next(board.histories())

    assert int(folder.ranked(history, 1).movies[0]) == MISSING[user]

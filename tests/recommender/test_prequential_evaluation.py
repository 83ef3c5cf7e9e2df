from collections.abc import Sequence

import numpy as np

from recommender.prequential import MISSED, Moment
from recommender.prequential_evaluation import run_prequential
from recommender.prequential_models import Live, LivePopular
from recommender.ratings import Split
from recommender.scorers import Floats, Popular, likes_of
from tests.batch.evaluation.small_datasets import ratings_of

CUT = 1000

Row = tuple[int, int, float, int]


def split_at_cut(*rows: Row) -> Split:
    whole = ratings_of(*rows)
    return Split(whole.where(whole.at_s < CUT), whole.where(whole.at_s >= CUT))


class Witness:
    """Remembers what it was asked and told; likes movies in the order of their ids."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, list[int]]] = []
        self.told: list[tuple[int, list[int]]] = []

    def scores(self, moment: Moment) -> Floats:
        self.asked.append((moment.user, moment.rated[0].tolist()))
        return -np.arange(6, dtype=np.float32)

    def learn(self, at_s: int, liked: Sequence[int]) -> None:
        self.told.append((at_s, list(liked)))


def six(*rows: Row) -> Split:
    """A split over six movies, all of which user 99 rated before the cut."""
    return split_at_cut(*[(99, movie, 3.0, 1) for movie in range(1, 7)], *rows)


def test_a_burst_is_scored_against_the_list_before_it() -> None:
    witness = Witness()

    result = run_prequential(
        six((1, 1, 5.0, CUT), (1, 2, 5.0, CUT), (1, 3, 4.0, CUT + 1)), {"w": witness}
    )

    assert witness.asked == [(0, []), (0, [0, 1])]
    assert result.ranks["w"].tolist() == [0, 1, 0]
    assert result.prior_likes.tolist() == [0, 0, 2]


def test_only_first_time_likes_are_scored() -> None:
    again = six((1, 1, 2.0, CUT), (1, 1, 5.0, CUT + 1), (1, 2, 3.5, CUT + 2), (1, 3, 4.0, CUT + 3))
    witness = Witness()

    run_prequential(again, {"w": witness})

    assert witness.told == [(CUT + 3, [2])]


def test_what_was_rated_before_is_masked_for_everybody() -> None:
    result = run_prequential(six((1, 1, 1.0, 5), (1, 2, 5.0, CUT)), {"w": Witness()})

    assert result.ranks["w"].tolist() == [0]
    assert result.known.tolist() == [True]


class Folds:
    """Likes what comes right after the history's last movie."""

    def scores(self, movies: np.ndarray, half_stars: np.ndarray) -> Floats | None:
        if not len(movies):
            return None
        scores = np.linspace(0.0, 0.5, 6, dtype=np.float32)
        scores[(movies[-1] + 1) % 6] = 1
        return scores


def test_a_live_model_folds_in_what_was_said_since_the_cut() -> None:
    split = six((1, 1, 5.0, 1), (1, 2, 5.0, CUT), (1, 3, 5.0, CUT + 1))
    live = Live(Folds(), Popular(likes_of(split.train)))

    assert run_prequential(split, {"live": live}).ranks["live"].tolist() == [0, 0]


def test_live_popularity_learns_after_it_was_scored() -> None:
    split = six((60, 1, 5.0, 2), (1, 4, 5.0, CUT), (2, 4, 5.0, CUT + 1))
    counts = LivePopular(likes_of(split.train))

    assert run_prequential(split, {"popular": counts}).ranks["popular"].tolist() == [MISSED, 1]


class Broken(Witness):
    """Scores that are no numbers."""

    def scores(self, moment: Moment) -> Floats:
        return np.full(6, np.nan, np.float32)


def test_what_is_no_number_is_never_found() -> None:
    assert run_prequential(six((1, 1, 5.0, CUT)), {"b": Broken()}).ranks["b"].tolist() == [MISSED]


def test_likes_of_others_than_the_judges_are_learned_and_not_scored() -> None:
    witness = Witness()

    result = run_prequential(
        six((1, 1, 5.0, CUT), (2, 2, 5.0, CUT + 1)), {"w": witness}, judges={1}
    )

    assert result.ranks["w"].tolist() == [1]
    assert witness.told == [(CUT, [0]), (CUT + 1, [1])]

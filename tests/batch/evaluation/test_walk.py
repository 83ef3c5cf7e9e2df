import numpy as np

from batch.evaluation.contenders import Floats, Popular, likes_of
from batch.evaluation.dataset import Ratings
from batch.evaluation.ranking import Histories
from batch.evaluation.splits import Split
from batch.evaluation.walk import MISSED, bursts, walk
from batch.evaluation.walkers import Frozen, Live, LivePopular, LiveWeek, Moment, Walker
from tests.batch.evaluation.small import told

DAY_S = 86_400
CUT = 1000

Row = tuple[int, int, float, int]


def split_at_cut(*rows: Row) -> Split:
    whole = told(*rows)
    return Split(whole.where(whole.at_s < CUT), whole.where(whole.at_s >= CUT))


class Witness:
    """Remembers what it was asked and told; likes movies in the order of their ids."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, list[int]]] = []
        self.told: list[tuple[int, list[int]]] = []

    def scores(self, moment: Moment) -> Floats:
        self.asked.append((moment.user, moment.movies.tolist()))
        return -np.arange(6, dtype=np.float32)

    def learn(self, at_s: int, liked: np.ndarray) -> None:
        self.told.append((at_s, liked.tolist()))


def six(*rows: Row) -> Split:
    """A split over six movies, all of which user 99 rated before the cut."""
    return split_at_cut(*[(99, movie, 3.0, 1) for movie in range(1, 7)], *rows)


def test_a_burst_is_scored_against_the_list_before_it() -> None:
    witness = Witness()

    walked = walk(six((1, 1, 5.0, CUT), (1, 2, 5.0, CUT), (1, 3, 4.0, CUT + 1)), {"w": witness})

    assert witness.asked == [(0, []), (0, [0, 1])]
    assert walked.places["w"].tolist() == [0, 1, 0]
    assert walked.prior_likes.tolist() == [0, 0, 2]


def test_only_first_time_likes_are_scored() -> None:
    again = six((1, 1, 2.0, CUT), (1, 1, 5.0, CUT + 1), (1, 2, 3.5, CUT + 2), (1, 3, 4.0, CUT + 3))
    witness = Witness()

    walk(again, {"w": witness})

    assert witness.told == [(CUT + 3, [2])]


def test_what_was_rated_before_is_masked_for_everybody() -> None:
    walked = walk(six((1, 1, 1.0, 5), (1, 2, 5.0, CUT)), {"w": Witness()})

    assert walked.places["w"].tolist() == [0]
    assert walked.known.tolist() == [True]


def test_bursts_are_of_one_user_and_one_second() -> None:
    rows: list[Row] = [(1, 1, 4.0, 1), (1, 2, 4.0, 1), (2, 1, 4.0, 1), (2, 2, 4.0, 2)]

    assert list(bursts(told(*rows))) == [(0, 2), (2, 3), (3, 4)]


class Folds:
    """Likes what comes right after the history's last movie."""

    def scores(self, movies: np.ndarray, half_stars: np.ndarray) -> Floats | None:
        if not len(movies):
            return None
        scores = np.linspace(0.0, 0.5, 6, dtype=np.float32)
        scores[(movies[-1] + 1) % 6] = 1
        return scores


def test_live_folds_in_and_frozen_stays_as_it_was_at_the_cut() -> None:
    split = six((1, 1, 5.0, 1), (1, 2, 5.0, CUT), (1, 3, 5.0, CUT + 1))
    fallback = Popular(likes_of(split.train))
    walkers: dict[str, Walker] = {
        "live": Live(Folds(), fallback),
        "frozen": Frozen(Folds(), fallback, Histories.in_(split.train)),
    }

    places = walk(split, walkers).places

    assert places["live"].tolist() == [0, 0]
    assert places["frozen"][0] == 0
    assert places["frozen"][1] > 0


def test_who_was_unknown_at_the_cut_gets_from_the_frozen_one_what_was_popular() -> None:
    popular = [(user, 4, 5.0, 1) for user in range(50, 60)]
    split = six(*popular, (1, 4, 5.0, CUT), (1, 5, 5.0, CUT + 1))
    frozen = Frozen(Folds(), Popular(likes_of(split.train)), Histories.in_(split.train))

    assert walk(split, {"frozen": frozen}).places["frozen"].tolist() == [0, MISSED]


def test_live_popularity_learns_after_it_was_scored() -> None:
    split = six((60, 1, 5.0, 2), (1, 4, 5.0, CUT), (2, 4, 5.0, CUT + 1))
    counts = LivePopular(likes_of(split.train))

    assert walk(split, {"popular": counts}).places["popular"].tolist() == [MISSED, 1]


def test_a_like_is_of_the_last_seven_days_for_seven_days() -> None:
    start: Ratings = told((1, 1, 5.0, 0), (2, 2, 3.0, 0))
    week = LiveWeek.after(start)
    nobody = (np.array([], np.intp), np.array([], np.uint8))
    week.learn(DAY_S, np.array([1]))
    week.learn(DAY_S, np.array([1]))

    def counts(day: int) -> list[float]:
        return [float(n) for n in np.rint(week.scores(Moment(5, day * DAY_S, *nobody)))]

    assert counts(1) == [1, 2]
    assert counts(7) == [0, 2]
    assert counts(8) == [0, 0]


class Broken(Witness):
    """Scores that are no numbers."""

    def scores(self, moment: Moment) -> Floats:
        return np.full(6, np.nan, np.float32)


def test_what_is_no_number_is_never_found() -> None:
    assert walk(six((1, 1, 5.0, CUT)), {"b": Broken()}).places["b"].tolist() == [MISSED]


def test_likes_of_others_than_the_judges_are_learned_and_not_scored() -> None:
    witness = Witness()

    walked = walk(six((1, 1, 5.0, CUT), (2, 2, 5.0, CUT + 1)), {"w": witness}, judges={1})

    assert walked.places["w"].tolist() == [1]
    assert witness.told == [(CUT, [0]), (CUT + 1, [1])]

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from contracts.histories import DISMISSED, RETRACTED
from recommender.prequential import (
    MISSED,
    NO_GAP,
    Burst,
    Moment,
    bursts,
    gap_name,
    is_like,
    popularity_bucket,
    ranks_among,
    score_then_learn,
)

LIKE, NEUTRAL, DISLIKE = 8, 6, 2
ANN, BOB = 1, 2


class Witness:
    """Remembers what it was asked and told; its list is the movies in the order of their ids."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, set[int]]] = []
        self.told: list[tuple[int, list[int]]] = []

    def ranks(self, moment: Moment, movies: Sequence[int]) -> list[int]:
        self.asked.append((moment.user, set(moment.masked)))
        return [movie - 1 - sum(m < movie for m in moment.masked) for movie in movies]

    def learn(self, at_s: int, movies: Sequence[int]) -> None:
        self.told.append((at_s, list(movies)))


def test_bursts_are_of_one_user_and_one_second() -> None:
    rows = [(ANN, 1, 10, LIKE), (ANN, 1, 20, NEUTRAL), (BOB, 1, 10, LIKE), (BOB, 2, 20, LIKE)]

    assert list(bursts(rows)) == [
        Burst(ANN, 1, [(10, LIKE), (20, NEUTRAL)]),
        Burst(BOB, 1, [(10, LIKE)]),
        Burst(BOB, 2, [(20, LIKE)]),
    ]


def test_a_burst_is_scored_against_what_was_known_before_it() -> None:
    witness = Witness()
    events = [Burst(ANN, 5, [(1, LIKE), (2, LIKE)]), Burst(ANN, 6, [(3, LIKE)])]

    first, second = score_then_learn(events, {}, {}, {"w": witness})

    assert witness.asked == [(ANN, set()), (ANN, {1, 2})]
    assert (first.movies, first.ranks, first.prior_likes) == ([1, 2], {"w": [0, 1]}, 0)
    assert (second.movies, second.ranks, second.prior_likes) == ([3], {"w": [0]}, 2)


def test_a_burst_is_learned_after_it_is_scored() -> None:
    witness = Witness()
    events = score_then_learn([Burst(ANN, 5, [(1, LIKE)])], {}, {}, {"w": witness})

    next(events)
    before = list(witness.told)
    rest = list(events)

    assert (before, rest, witness.told) == ([], [], [(5, [1])])


def test_only_first_time_likes_are_scored_each_once() -> None:
    known = {ANN: {1: DISLIKE, 2: RETRACTED, 3: DISMISSED}}
    said = [(1, LIKE), (2, LIKE), (3, LIKE), (4, NEUTRAL), (5, LIKE), (5, LIKE), (6, DISMISSED)]

    (scored,) = score_then_learn([Burst(ANN, 5, said)], known, {}, {})

    assert scored.movies == [5]
    assert known[ANN][1] == LIKE


def test_what_was_taken_back_is_not_masked_and_what_was_dismissed_is() -> None:
    witness = Witness()
    known = {ANN: {1: DISLIKE, 2: RETRACTED, 3: DISMISSED}}

    (scored,) = score_then_learn([Burst(ANN, 5, [(4, LIKE)])], known, {}, {"w": witness})

    assert witness.asked == [(ANN, {1, 3})]
    assert scored.ranks == {"w": [1]}


def test_likes_of_others_than_the_judges_are_learned_and_not_scored() -> None:
    witness = Witness()
    events = [Burst(ANN, 5, [(1, LIKE)]), Burst(BOB, 6, [(2, LIKE)])]

    scored = list(score_then_learn(events, {}, {}, {"w": witness}, judges={BOB}))

    assert [one.user for one in scored] == [BOB]
    assert witness.told == [(5, [1]), (6, [2])]


def test_the_gap_is_the_time_since_the_last_rating_and_never_negative() -> None:
    events = [Burst(ANN, at_s, [(movie, LIKE)]) for movie, at_s in enumerate((50, 110, 90, 200))]

    gaps = [one.gap_s for one in score_then_learn(events, {}, {BOB: 9}, {})]

    assert gaps == [NO_GAP, 60, 0, 90]


def test_gaps_are_of_a_minute_an_hour_or_longer() -> None:
    named = [gap_name(gap_s) for gap_s in (NO_GAP, 0, 60, 61, 3600, 3601)]

    assert named == [None, "minute", "minute", "hour", "hour", "longer"]


@given(st.integers(0, 10**9))
def test_a_popularity_bucket_is_the_rounded_down_logarithm(likes: int) -> None:
    bucket = popularity_bucket(likes)

    assert 2**bucket <= likes + 1 < 2 ** (bucket + 1)


def test_a_moment_knows_what_stands_rated() -> None:
    movies, half_stars = Moment(ANN, 5, {1: LIKE, 2: RETRACTED, 3: DISMISSED, 4: DISLIKE}).rated

    assert (movies.tolist(), half_stars.tolist()) == ([1, 4], [LIKE, DISLIKE])


def test_a_dismissal_is_no_like() -> None:
    assert [is_like(state) for state in (RETRACTED, DISLIKE, NEUTRAL, LIKE, 10, DISMISSED)] == [
        False,
        False,
        False,
        True,
        True,
        False,
    ]


def test_ranks_are_those_of_what_is_not_masked() -> None:
    assert ranks_among([5, 4, 3, 2, 1], {4}, [5, 4, 3, 2], count=2) == [0, MISSED, 1, MISSED]

"""The last answers, recalled while the store is away."""

from api.circuit_breaker import CircuitBreaker
from api.last_answers import RECALLED, LastAnswers
from tests.api.failing_store import AWAY, Store, refused


def test_the_last_answer_is_recalled_from_a_store_that_is_away(
    breaker: CircuitBreaker, store: Store
) -> None:
    last_answers = LastAnswers(breaker)
    last_answers.ask("movie 1", store)
    store.trouble = AWAY

    assert last_answers.ask("movie 1", store) == (1, True)
    assert refused(lambda: last_answers.ask("movie 2", store))


def test_only_the_newest_answers_are_kept(breaker: CircuitBreaker, store: Store) -> None:
    last_answers = LastAnswers(breaker)
    for name in ["first", *range(RECALLED - 1), "first", "last"]:
        last_answers.ask(name, store)
    store.trouble = AWAY

    assert not refused(lambda: last_answers.ask("first", store))
    assert refused(lambda: last_answers.ask(0, store))

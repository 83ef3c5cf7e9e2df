"""How the store is asked: within a deadline, and not while it is silent."""

import threading
from itertools import count

import pytest

from api.circuit_breaker import CircuitBreaker
from contracts.stored_value_checks import CorruptValue
from redis_store.connection import StoreError
from tests.api.failing_store import AWAY, DEADLINE_S, Store, refused

ANSWERS = [StoreError("WRONGTYPE"), CorruptValue("history of 3 bytes")]
"""Unwelcome ones."""


def silenced(breaker: CircuitBreaker, store: Store) -> None:
    """Let a request find the store silent, which answers everything from then on."""
    store.trouble = AWAY
    assert refused(lambda: breaker.ask(store))
    store.trouble, store.asked = None, 0


def test_an_answer_is_passed_on(breaker: CircuitBreaker, store: Store) -> None:
    assert breaker.ask(store) == 1


def test_a_store_that_hangs_is_given_up_at_the_deadline(
    breaker: CircuitBreaker, store: Store
) -> None:
    store.answers.clear()

    with pytest.raises(StoreError, match=r"did not answer within 0\.05 s"):
        breaker.ask(store)


def test_nobody_asks_a_silent_store(breaker: CircuitBreaker, store: Store) -> None:
    silenced(breaker, store)

    assert refused(lambda: breaker.ask(store))
    assert store.asked == 0


def test_after_a_hang_nobody_waits_either(breaker: CircuitBreaker, store: Store) -> None:
    store.answers.clear()
    assert refused(lambda: breaker.ask(store))
    asked = store.asked

    assert refused(lambda: breaker.ask(store))
    assert store.asked == asked


@pytest.mark.parametrize("trouble", ANSWERS, ids=type)
def test_a_refusal_and_a_damaged_value_are_answers(
    breaker: CircuitBreaker, store: Store, trouble: Exception
) -> None:
    store.trouble = trouble
    assert refused(lambda: breaker.ask(store))
    store.trouble = None

    assert breaker.ask(store) == 2


@pytest.mark.parametrize("life", [None, *ANSWERS], ids=type)
def test_a_silent_store_is_asked_again_after_a_sign_of_life(
    breaker: CircuitBreaker, store: Store, life: Exception | None
) -> None:
    silenced(breaker, store)
    store.life = life

    breaker.listen()

    assert breaker.ask(store) == 1


def test_a_store_that_gives_no_sign_of_life_stays_silent(
    breaker: CircuitBreaker, store: Store
) -> None:
    silenced(breaker, store)

    breaker.listen()

    assert refused(lambda: breaker.ask(store))


def test_a_request_that_finds_it_silent_has_it_asked_for_a_sign_of_life(
    breaker: CircuitBreaker, store: Store
) -> None:
    silenced(breaker, store)
    store.life = None

    assert refused(lambda: breaker.ask(store))
    assert store.heard.wait(timeout=10)


def test_a_store_that_speaks_is_not_asked_for_a_sign_of_life(
    breaker: CircuitBreaker, store: Store
) -> None:
    breaker.listen()

    assert not store.heard.is_set()


def test_one_at_a_time_asks_for_a_sign_of_life() -> None:
    calls, inner = count(), threading.Event()

    def hangs() -> None:
        next(calls)
        inner.set()
        let_go.wait()

    let_go, breaker = threading.Event(), CircuitBreaker(hangs, DEADLINE_S)
    silenced(breaker, Store())
    first = threading.Thread(target=breaker.listen)
    first.start()
    inner.wait()

    breaker.listen()
    let_go.set()
    first.join()

    assert next(calls) == 1


def test_a_background_task_leaves_a_silent_store_alone(
    breaker: CircuitBreaker, store: Store
) -> None:
    done: list[str] = []
    task = breaker.unless_silent(lambda: done.append("done"))
    task()
    silenced(breaker, store)

    task()

    assert done == ["done"]

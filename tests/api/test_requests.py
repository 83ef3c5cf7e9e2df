"""What a request may say, and what every answer carries."""

import pytest

from tests.api.client import ask, get
from tests.api.fakes import World


@pytest.mark.parametrize(
    "alias",
    ["1.0", "+1", "%201", "1%20", "%0a1", "007", "1_000", "0", "-1", "2147483648", "1e3", "%D9%A1"],
)
def test_an_id_has_one_spelling(alias: str) -> None:
    answer = ask(World(), "GET", f"/users/{alias}/recommendations")

    assert answer.status_code == 422


@pytest.mark.parametrize("user_id", [1, 999_999_999, 2_147_483_647])
def test_every_id_of_the_range_is_answered(user_id: int) -> None:
    assert ask(World(), "GET", f"/users/{user_id}/recommendations").status_code == 200


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=1.0", "limit=", "limit=1&limit=2", "n=1"]
)
def test_a_query_that_is_not_understood_is_refused(query: str) -> None:
    assert ask(World(), "GET", f"/users/7/recommendations?{query}").status_code == 422


def test_the_limit_cuts_the_list() -> None:
    assert len(get(World(), "/users/7/recommendations?limit=2")["items"]) == 2


def test_a_refusal_is_small_and_does_not_repeat_what_was_sent() -> None:
    answer = ask(World(), "GET", "/users/1_000/recommendations?evil=%3Cscript%3E")

    assert answer.json() == {"detail": "path.user_id: not a plain decimal number"}


def test_every_answer_carries_the_safety_headers() -> None:
    for path in ("/", "/health/live", "/nowhere", "/users/x/recommendations"):
        headers = ask(World(), "GET", path).headers

        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"

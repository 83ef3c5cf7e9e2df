"""Whether the API runs, and whether it can serve."""

from dataclasses import replace

import pytest

from redis_store.connection import StoreError
from tests.api.builders import active
from tests.api.client import ask, get
from tests.api.fakes import FakeReader, FakeWriter, World


def test_it_is_live_whatever_is_away() -> None:
    world = World(FakeReader(trouble=StoreError("away")))

    assert get(world, "/health/live") == {"live": True}


def test_it_is_ready_when_a_model_is_active() -> None:
    answer = get(World(FakeReader(active())), "/health/ready")

    assert (answer["ready"], answer["reasons"]) == (True, [])


@pytest.mark.parametrize("held", [True, False])
def test_it_says_which_model_is_active_and_whether_it_is_held(held: bool) -> None:
    answer = get(World(FakeReader(replace(active(), held=held))), "/health/ready")

    assert (answer["model_version"], answer["model_held"]) == (active().version, held)


@pytest.mark.parametrize(
    ("reader", "trouble", "version", "reason"),
    [
        (FakeReader(), None, None, "no model is active yet"),
        (FakeReader(trouble=StoreError("away")), None, None, "the store does not answer"),
        (FakeReader(active()), "cannot write", active().version, "cannot write"),
    ],
)
def test_it_is_not_ready_and_says_why(
    reader: FakeReader, trouble: str | None, version: int | None, reason: str
) -> None:
    answer = ask(World(reader, writer=FakeWriter(trouble=trouble)), "GET", "/health/ready")

    assert answer.status_code == 503
    said = {"ready": False, "reasons": [reason], "model_version": version, "model_held": False}
    assert answer.json() == said

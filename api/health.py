"""Routes for those who run it."""

from fastapi import APIRouter, Response
from pydantic import ValidationError

from api.answers import Live, Ready, Start
from api.parts import Here, Parts
from contracts.store.connection import StoreError

router = APIRouter(tags=["health"])


@router.get("/health/live")
def live() -> Live:
    """The process answers, whatever is away."""
    return Live()


@router.get("/health/ready", responses={503: {"model": Ready}})
def ready(here: Here, response: Response) -> Ready:
    """Whether there is a model to serve."""
    reasons = _missing(here)
    response.status_code = 503 if reasons else 200
    return Ready(ready=not reasons, reasons=reasons)


@router.get("/start")
def start(here: Here) -> Start:
    """How far the start-up is."""
    try:
        return Start.model_validate_json(here.services.progress.read_bytes())
    except (FileNotFoundError, ValidationError):
        return Start()


def _missing(here: Parts) -> list[str]:
    try:
        active = here.lookup.active()
    except StoreError:
        return ["the store does not answer"]
    return [] if active else ["no model is active yet"]

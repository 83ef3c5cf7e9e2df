"""The route that tells how far the start-up is."""

from fastapi import APIRouter
from pydantic import ValidationError

from api.dependencies import Deps
from api.schemas import Start

router = APIRouter(tags=["health"])


@router.get("/start")
def start(deps: Deps) -> Start:
    """The progress of the start-up."""
    try:
        return Start.model_validate_json(deps.services.progress.read_bytes())
    except (FileNotFoundError, ValidationError):
        return Start()

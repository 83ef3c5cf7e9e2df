"""Routes that tell operators whether the API runs and whether it can serve."""

from fastapi import APIRouter, Response

from api.dependencies import Dependencies, Deps
from api.schemas import Live, Ready
from contracts.active_version import Active
from contracts.stored_value_checks import CorruptValue
from redis_store.connection import StoreError

router = APIRouter(tags=["health"])


@router.get("/health/live")
async def live() -> Live:
    """The process is running, whatever else is down."""
    return Live()


@router.get("/health/ready", responses={503: {"model": Ready}})
def ready(deps: Deps, response: Response) -> Ready:
    """Whether there is a model to serve and ratings are accepted."""
    active, reasons = _active(deps)
    response.status_code = 503 if reasons else 200
    return Ready(
        ready=not reasons,
        reasons=reasons,
        model_version=active.version if active else None,
        model_held=active is not None and active.held,
    )


def _active(deps: Dependencies) -> tuple[Active | None, list[str]]:
    """The active version, and what is missing."""
    trouble = deps.services.writer.trouble
    unwritten = [trouble] if trouble else []
    try:
        active = deps.lookup.active()
    except StoreError:
        return None, ["the store does not answer", *unwritten]
    except CorruptValue:
        return None, ["a stored value is damaged", *unwritten]
    return active, [*([] if active else ["no model is active yet"]), *unwritten]

"""What the handlers share: the services, and the API's own state in memory."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from api.activity_feed import ActivityFeed
from api.catalogue_index import CatalogueIndex
from api.circuit_breaker import CircuitBreaker
from api.last_answers import LastAnswers
from api.list_lookup import Lookup
from api.services import Services
from api.status_heartbeat import Heartbeat
from api.trend_window_cache import TrendWindowCache
from api.visibility_wait import VisibilityWait


@dataclass(frozen=True)
class Dependencies:
    """One application's."""

    services: Services
    breaker: CircuitBreaker
    last_answers: LastAnswers
    lookup: Lookup
    heartbeat: Heartbeat
    feed: ActivityFeed
    trending: TrendWindowCache
    visibility: VisibilityWait

    @property
    def catalogue(self) -> CatalogueIndex:
        """The catalogue of this moment."""
        return self.services.catalogue.index

    @property
    def note(self) -> str | None:
        """Why answers are empty, while there is no catalogue."""
        return None if len(self.catalogue) else "the catalogue is not available yet"


def assemble(services: Services) -> Dependencies:
    """Build them over these services."""
    breaker = CircuitBreaker(services.reader.active)
    return Dependencies(
        services,
        breaker,
        LastAnswers(breaker),
        Lookup(services.reader, services.clock, breaker),
        Heartbeat(
            services.status,
            services.clock,
            damage=lambda: breaker.damage,
            trouble=lambda: services.writer.trouble or "",
        ),
        ActivityFeed(services.status, services.catalogue),
        TrendWindowCache(services.trends),
        VisibilityWait(services, breaker),
    )


async def _dependencies(request: Request) -> Dependencies:
    return cast(Dependencies, request.app.state.dependencies)


Deps = Annotated[Dependencies, Depends(_dependencies)]

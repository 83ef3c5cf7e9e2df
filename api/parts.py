"""What the handlers share: the services, and what the API itself keeps in memory."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from api.heartbeat import Heartbeat
from api.lookup import Lookup
from api.services import Services
from api.shelf import Shelf
from api.stories import Stories
from api.trending import Trending


@dataclass(frozen=True)
class Parts:
    """One application's parts."""

    services: Services
    lookup: Lookup
    heartbeat: Heartbeat
    stories: Stories
    trending: Trending

    @property
    def shelf(self) -> Shelf:
        """The catalogue of this moment."""
        return self.services.shelves.shelf

    @property
    def note(self) -> str | None:
        """Why answers are empty, while there is no catalogue."""
        return None if len(self.shelf) else "the catalogue is not there yet"


def assemble(services: Services) -> Parts:
    """The parts over these services."""
    return Parts(
        services,
        Lookup(services.reader, services.clock),
        Heartbeat(services.status, services.clock),
        Stories(services.status, services.shelves),
        Trending(services.trends),
    )


def _parts(request: Request) -> Parts:
    return cast(Parts, request.app.state.parts)


Here = Annotated[Parts, Depends(_parts)]

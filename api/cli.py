"""`reelstream api`: its command."""

from typing import TYPE_CHECKING

import typer

from contracts.lazy_module import LazyModule

if TYPE_CHECKING:
    from api import wiring
else:
    wiring = LazyModule("api.wiring")

app = typer.Typer(help="Serve recommendations, ratings and the web page over HTTP.")


@app.callback()
def api() -> None:
    """Serve recommendations, ratings and the web page over HTTP."""


@app.command()
def run() -> None:
    """Serve until SIGTERM.

    Address and port are settings: REELSTREAM_API_HOST, REELSTREAM_API_PORT.

    Starts without Kafka and without Redis: lists then show popular movies,
    and ratings are answered with 503 until Kafka is available.

    /health/ready says whether a model is served and ratings are accepted;
    /docs describes each route.
    """
    wiring.run()

"""`reelstream batch export`: a version as files; asks Redis and Kafka only which one is active."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.command_output import print_result
from contracts.lazy_module import LazyModule

if TYPE_CHECKING:
    from batch.export import wiring
else:
    wiring = LazyModule("batch.export.wiring")


def export(
    to: Annotated[Path, typer.Option(help="Output folder: new, or that of an earlier export.")],
    version: Annotated[
        int | None, typer.Option(min=1, help="Version of the model; the active one by default.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, max=1000, help="Movies per user.")] = 100,
    json: Annotated[bool, typer.Option("--json", help="Print the manifest as JSON.")] = False,
) -> None:
    """Write everybody's list, the movies and the ratings of a version as Parquet and CSV.

    Reads the version's artefact, the event log and the catalogue; asks Redis only which version is
    active, and Kafka only if Redis does not know. An earlier export is replaced once the new one is
    complete.
    """
    chosen, done = wiring.export(to, version, top, quiet=json)
    rows = ", ".join(f"{count:,} {table}" for table, count in done.rows.items())
    print_result(done, f"version {chosen} in {to}: {rows}", json)

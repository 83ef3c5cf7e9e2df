"""Hyper-parameters that were searched on this system's own ratings, beside the artefacts.

Retrains try them beside those of the live version, until they are live or the gate has refused
them.
"""

from pathlib import Path
from typing import Annotated

import msgspec

from contracts.artefact import Manifest
from contracts.atomic_files import write_atomically
from contracts.hyper_parameters import SHIPPED_FOR, Parameters, decode
from contracts.next_offsets import NextOffsets, later

FILE = "searched-parameters.json"
"""Beside the artefacts."""


class SearchedParameters(msgspec.Struct, frozen=True):
    """What the last search found.

    Attributes:
        parameters: the best.
        ratings: how many there were.
        below: next offsets: no event before them may judge what was found.
        searched_at_ms: when it ended.
        refused: whether the gate has refused them.
    """

    parameters: Parameters
    ratings: Annotated[int, msgspec.Meta(ge=1)]
    below: dict[int, int]
    searched_at_ms: int
    refused: bool = False


def read(artefacts: Path) -> SearchedParameters | None:
    """What the last search found; None if there was none, or what is there is damaged."""
    try:
        return decode((artefacts / FILE).read_bytes(), SearchedParameters, "parameters")
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def keep(artefacts: Path, found: SearchedParameters) -> None:
    """Keep it, in the place of another."""
    write_atomically(artefacts / FILE, msgspec.json.encode(found))


def refuse(artefacts: Path, tried: Parameters) -> None:
    """Try these no more, if it was a search that found them."""
    found = read(artefacts)
    if found and found.parameters == tried:
        keep(artefacts, msgspec.structs.replace(found, refused=True))


def to_try(artefacts: Path, live: Parameters | None) -> Parameters:
    """What a retrain tries: what was found last, or the shipped; the live ones if that was refused.

    Args:
        artefacts: where what was found lies.
        live: of the live version; None if there is none.
    """
    found = read(artefacts)
    if found is None:
        return Parameters()
    return found.parameters if not found.refused else live or Parameters()


def judged_from(artefacts: Path, tried: Parameters, snapshot: NextOffsets) -> NextOffsets:
    """Next offsets of the first events that may judge these parameters.

    Args:
        artefacts: where what was found lies.
        tried: the parameters.
        snapshot: of the live version.
    """
    found = read(artefacts)
    if found is None or found.parameters != tried:
        return snapshot
    return later(found.below, snapshot)


def ratings_of(artefacts: Path, parameters: Parameters, live: Manifest | None) -> int:
    """How many ratings these parameters were searched on.

    Args:
        artefacts: where what was found lies.
        parameters: of a model.
        live: the live version's manifest; None if there is none.
    """
    found = read(artefacts)
    if found and found.parameters == parameters:
        return found.ratings
    return live.searched_ratings if live and live.parameters == parameters else SHIPPED_FOR

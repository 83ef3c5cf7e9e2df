"""Files of tuned hyper-parameters by split, and how they were found."""

from pathlib import Path
from typing import Any

import msgspec

from batch.evaluation.errors import BadParameters
from contracts.atomic_files import write_atomically
from contracts.hyper_parameters import Parameters, told


def read(path: Path) -> dict[str, Parameters]:
    """The parameters of each split.

    Raises:
        BadParameters: if the file is not valid, or names unknown parameters.
        OSError: if it cannot be read.
    """
    try:
        by_split = msgspec.json.decode(path.read_bytes(), type=dict[str, dict[str, Any]])
        return {split: told(parameters) for split, parameters in by_split.items()}
    except msgspec.DecodeError as error:
        raise BadParameters(f"{path}: {error}") from error


def add(path: Path, split: str, parameters: Parameters) -> None:
    """Put a split's parameters into the file, beside those of others."""
    kept = read(path) if path.exists() else {}
    kept[split] = parameters
    ordered = dict(sorted(kept.items()))
    write_atomically(path, msgspec.json.format(msgspec.json.encode(ordered), indent=1) + b"\n")

"""A version's model as Redis holds it: arrays in chunks, and what its manifest says of them."""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from contracts.artefact import Array, Model, decode_array, encode_array, model_from, not_finite
from contracts.hyper_parameters import Parameters, told
from contracts.stored_value_checks import CorruptValue, printable, text, whole_number

CHUNK_BYTES = 60_000
"""Published values are at most 64 KiB."""
ARRAY = "array:"
"""Fields of a manifest: how many chunks an array has."""
MOST_CHUNKS = 100_000


class NoActiveModel(LookupError):
    """Nothing has been activated, or what was is gone."""


def chunks_of(model: Model) -> dict[str, list[bytes]]:
    """The model's arrays by name, each in chunks."""
    return {name: _chunks(encode_array(array)) for name, array in model.arrays().items()}


def manifest_of(model: Model, chunks: Mapping[str, Sequence[bytes]]) -> dict[str, str]:
    """The fields of a manifest that tell of a model: `described` reads them."""
    counts = {f"{ARRAY}{name}": str(len(parts)) for name, parts in chunks.items()}
    return counts | {"parameters": msgspec.json.encode(model.parameters).decode()}


def described(version: int, manifest: Mapping[bytes, bytes]) -> tuple[Parameters, dict[str, int]]:
    """The model's parameters, and how many chunks each of its arrays has.

    Raises:
        NoActiveModel: if a release with other parameters published it.
        CorruptValue: if a field is damaged.
    """
    arrays = {field: n for field, n in manifest.items() if field.startswith(ARRAY.encode())}
    parameters = _parameters(version, manifest.get(b"parameters", b""))
    return parameters, dict(_array_of(field, n) for field, n in arrays.items())


def array_from(chunks: Iterable[bytes]) -> Array:
    """An array from its chunks.

    Raises:
        CorruptValue: if one is damaged.
    """
    return decode_array(b"".join(_checked(chunks)))


def model_of(arrays: dict[str, Array], parameters: Parameters) -> Model:
    """A model that can be used.

    Raises:
        CorruptValue: if an array is missing, does not fit the others, or holds what is no number.
    """
    if broken := not_finite(arrays):
        raise CorruptValue(f"NaN or infinite values in {', '.join(broken)}")
    rows = {len(array) for name, array in arrays.items() if name != "mean"}
    try:
        model = model_from(arrays, parameters)
    except (KeyError, TypeError, IndexError) as error:
        raise CorruptValue(f"a model with the arrays {sorted(arrays)}") from error
    if len(rows) != 1:
        raise CorruptValue(f"arrays for different numbers of movies: {sorted(rows)}")
    return model


def _parameters(version: int, stored: bytes) -> Parameters:
    try:
        return told(msgspec.json.decode(stored, type=dict[str, Any]))
    except msgspec.ValidationError as error:
        raise NoActiveModel(f"version {version} comes from another release: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CorruptValue(f"invalid parameters {printable(stored)}") from error


def _array_of(field: bytes, count: bytes) -> tuple[str, int]:
    """An array's name, and how many chunks it has."""
    return text(field.removeprefix(ARRAY.encode()), 40), whole_number(count, 1, MOST_CHUNKS)


def _chunks(content: bytes) -> list[bytes]:
    parts = [content[i : i + CHUNK_BYTES] for i in range(0, len(content), CHUNK_BYTES)]
    return [zlib.crc32(part).to_bytes(4, "little") + part for part in parts]


def _checked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        if zlib.crc32(chunk[4:]) != int.from_bytes(chunk[:4], "little"):
            raise CorruptValue(f"array chunk of {len(chunk)} bytes")
        yield chunk[4:]

"""The model artefact: a directory per version, arrays and a JSON manifest with their checksums."""

import hashlib
import io
import shutil
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from contracts.atomic_files import write_atomically
from contracts.hyper_parameters import SHIPPED_FOR, Parameters, decode
from contracts.process_exit import DAMAGED, USAGE, Failure
from contracts.stored_value_checks import CorruptValue
from contracts.topics import Identity

Array = NDArray[Any]

GONE_ARRAYS = {"explicit_factors"}
"""What older versions have, of a second ALS for predicted stars: nothing uses it any more."""


class BrokenArtefact(Failure):
    """An artefact whose files are missing, altered, not finite or of another version."""

    where = "model"
    what_to_do = "publish another version"
    code = DAMAGED


class UnknownVersion(Failure):
    """A version that the store of artefacts does not have."""

    where = "--to"
    what_to_do = "choose one of these, or see `reelstream batch models`"
    code = USAGE


class Suspicion(msgspec.Struct, frozen=True):
    """A user whose ratings count for less: why, by how much, and the figures behind it."""

    user_id: int
    reason: str
    weight: float
    figures: dict[str, float]


class Manifest(msgspec.Struct, frozen=True):
    """What a version is made of and why it may be served.

    `searched_ratings` says on how many ratings its hyper-parameters were searched.
    """

    version: int
    topic: Identity
    snapshot: dict[int, int]
    parameters: Parameters
    metrics: dict[str, float]
    decision: str
    code_version: str
    created_at_ms: int
    sha256: dict[str, str]
    suspects: list[Suspicion] = []
    searched_ratings: int = SHIPPED_FOR


@dataclass(frozen=True)
class Model:
    """What serving needs of a model, item side only: users are folded in from their histories.

    Attributes:
        movies: int32 (n,), ascending ids.
        factors: float32 (n, k), for ranking and predicted stars: as many columns as the rank of
            the parameters are implicit-feedback item factors, those after them content.
        biases: float32 (n,), damped deviation of a movie's mean, in half-stars.
        ratings: int32 (n,), how many ratings the snapshot has.
        likes: int32 (n,), how many of them are likes, by what users count for: popularity.
        prior: float32 (n,), log(1 + decayed likes): what a score gains by popularity, unweighted.
        mean: of all ratings, in half-stars.
        parameters: what the factors were trained with.
    """

    movies: NDArray[np.int32]
    factors: NDArray[np.float32]
    biases: NDArray[np.float32]
    ratings: NDArray[np.int32]
    likes: NDArray[np.int32]
    prior: NDArray[np.float32]
    mean: float
    parameters: Parameters

    def arrays(self) -> dict[str, Array]:
        """Everything but the parameters, by name."""
        fields = {k: v for k, v in vars(self).items() if k not in {"mean", "parameters"}}
        return fields | {"mean": np.array([self.mean], np.float64)}


def model_from(arrays: dict[str, Array], parameters: Parameters) -> Model:
    """The inverse of `Model.arrays`."""
    named = {name: array for name, array in arrays.items() if name not in {"mean", *GONE_ARRAYS}}
    return Model(**named, mean=float(arrays["mean"][0]), parameters=parameters)


def folder(root: Path, version: int) -> Path:
    """The folder of a version's artefact."""
    return root / f"v{version:06d}"


def newest_version(root: Path) -> int:
    """The largest version in the store, finished or not; 0 for none."""
    return max(_numbers(root.glob("v[0-9]*")), default=0)


def finished(root: Path) -> list[int]:
    """The versions that have a manifest, ascending."""
    return sorted(_numbers(path.parent for path in root.glob("v[0-9]*/manifest.json")))


def retain(root: Path, count: int, also: Collection[int | None]) -> None:
    """Delete all but this many of the newest finished versions, and those that are named.

    Only for who holds the publisher's lock: an unfinished version is taken for a leftover.
    """
    kept = {*finished(root)[-count:], *also}
    for version in _numbers(list(root.glob("v[0-9]*"))):
        if version not in kept:
            where = folder(root, version)
            (where / "manifest.json").unlink(missing_ok=True)  # first: half of it is nothing
            shutil.rmtree(where)


def encode_array(array: Array) -> bytes:
    """An array in NumPy's own format, which holds no code."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def decode_array(content: bytes) -> Array:
    """The inverse of `encode_array`.

    Raises:
        CorruptValue: if it is of another format, holds no numbers, or is not as long as it says.
    """
    stream = io.BytesIO(content)
    try:
        np.lib.format.read_magic(stream)
        shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(stream)
        if dtype.kind not in "iuf":
            raise ValueError(f"unexpected type {dtype}")
        array = np.frombuffer(content, dtype, offset=stream.tell())
        return array.reshape(shape, order="F" if fortran_order else "C").copy(order="K")
    except (ValueError, TypeError, OverflowError) as error:
        raise CorruptValue(f"an array of {len(content)} bytes: {error}") from error


def save(root: Path, manifest: Manifest, arrays: dict[str, Array]) -> Manifest:
    """Write a version, the manifest last; leftovers of an unfinished one are replaced.

    Raises:
        BrokenArtefact: if a number is not finite.
    """
    where = folder(root, manifest.version)
    _refuse_infinite(where, arrays)
    shutil.rmtree(where, ignore_errors=True)
    where.mkdir(parents=True)
    contents = {name: encode_array(array) for name, array in arrays.items()}
    for name, content in contents.items():
        write_atomically(where / f"{name}.npy", content)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    manifest = msgspec.structs.replace(manifest, sha256=sums)
    write_atomically(where / "manifest.json", msgspec.json.format(msgspec.json.encode(manifest)))
    return manifest


def read_manifest(root: Path, version: int) -> Manifest:
    """A version's manifest.

    Raises:
        BrokenArtefact: if it is not there, not finished, or another version's.
    """
    where = folder(root, version)
    try:
        manifest = decode((where / "manifest.json").read_bytes(), Manifest, "parameters")
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BrokenArtefact(f"{where}: {error}") from error
    if manifest.version != version:
        raise BrokenArtefact(f"{where}: its manifest is for version {manifest.version}")
    return manifest


def load(root: Path, version: int) -> tuple[Manifest, dict[str, Array]]:
    """A version's manifest and arrays, checked.

    Raises:
        BrokenArtefact: if it is not there, not finished, not what its manifest says, or if a
            number is not finite.
    """
    manifest, where = read_manifest(root, version), folder(root, version)
    try:
        contents = {name: (where / f"{name}.npy").read_bytes() for name in manifest.sha256}
    except OSError as error:
        raise BrokenArtefact(f"{where}: {error}") from error
    wrong = [n for n, c in contents.items() if hashlib.sha256(c).hexdigest() != manifest.sha256[n]]
    if wrong:
        raise BrokenArtefact(f"{where}: checksum mismatch in {', '.join(wrong)}")
    arrays = {name: decode_array(content) for name, content in contents.items()}
    _refuse_infinite(where, arrays)
    return manifest, arrays


def not_finite(arrays: dict[str, Array]) -> list[str]:
    """Names of the arrays with NaN or infinite values."""
    return [name for name, array in arrays.items() if not np.isfinite(array).all()]


def _refuse_infinite(where: Path, arrays: dict[str, Array]) -> None:
    if broken := not_finite(arrays):
        raise BrokenArtefact(f"{where}: NaN or infinite values in {', '.join(broken)}")


def _numbers(folders: Iterable[Path]) -> list[int]:
    return [int(path.name[1:]) for path in folders]

"""Spark's own files of a checkpoint: how far each query is, and whether they are sound."""

import json
from collections.abc import Mapping
from pathlib import Path

import msgspec

from contracts.next_offsets import from_json_keys
from streaming.errors import BadCheckpoint

LOG, TRENDS = "log", "trends"


class Mark(msgspec.Struct, frozen=True):
    """A query's last committed batch, and the next-offsets that it ended with."""

    query_id: str
    batch: int
    end: dict[int, int]


def marks(root: Path) -> dict[str, Mark]:
    """How far each query is, by Spark's own files."""
    found = {name: committed(root / name) for name in (LOG, TRENDS)}
    return {name: mark for name, mark in found.items() if mark is not None}


def committed(folder: Path) -> Mark | None:
    """A query's last committed batch; None before the first.

    Raises:
        BadCheckpoint: if the files that tell are damaged.
    """
    done = _batches(folder / "commits")
    if not done:
        return None
    return Mark(_query_id(folder), done[-1], end_of(folder, done[-1]))


def planned_end(folder: Path) -> dict[int, int]:
    """Where a query's last planned batch ends, committed or not; empty before the first."""
    planned = _batches(folder / "offsets")
    return end_of(folder, planned[-1]) if planned else {}


def end_of(folder: Path, batch: int) -> dict[int, int]:
    """The next-offsets that a batch ends with.

    Raises:
        BadCheckpoint: if its file is damaged or gone.
    """
    _, _, by_topic = _lines(folder / "offsets" / str(batch), 3)
    (offsets,) = json.loads(by_topic).values()
    return from_json_keys(offsets)


def require_sound(folder: Path, mark: Mark | None) -> None:
    """Refuse a query's files if they are damaged, or not as far as they were.

    Raises:
        BadCheckpoint: saying which and why.
    """
    planned, done = _batches(folder / "offsets"), _batches(folder / "commits")
    if not planned and not done and mark is None:
        return  # ended before its first batch
    query_id = _query_id(folder)
    for kind, numbers in (("offsets", planned), ("commits", done)):
        if numbers and numbers != list(range(numbers[0], numbers[-1] + 1)):
            raise BadCheckpoint(f"{folder / kind} has a gap")
        for number in numbers[-2:]:
            _lines(folder / kind / str(number), 3 if kind == "offsets" else 2)
    last, last_done = (numbers[-1] if numbers else -1 for numbers in (planned, done))
    if not last - 1 <= last_done <= last:
        raise BadCheckpoint(f"{folder} has planned batch {last} and committed {last_done}")
    if folder.name == TRENDS and done and not (folder / "state").is_dir():
        raise BadCheckpoint(f"{folder / 'state'} is missing")
    if mark is not None:
        _require_as_far(folder, mark, query_id, last_done)


def _require_as_far(folder: Path, mark: Mark, query_id: str, last_done: int) -> None:
    if query_id != mark.query_id:
        raise BadCheckpoint(f"{folder} belongs to query {query_id}, not to {mark.query_id}")
    if last_done < mark.batch:
        raise BadCheckpoint(f"{folder} was restored from batch {mark.batch} to {last_done}")
    kept = (folder / "offsets" / str(mark.batch)).exists()  # Spark drops old ones
    if kept and end_of(folder, mark.batch) != mark.end:
        raise BadCheckpoint(f"{folder} has a different batch {mark.batch} than before")


def _query_id(folder: Path) -> str:
    path = folder / "metadata"
    try:
        return str(json.loads(path.read_bytes())["id"])
    except FileNotFoundError:
        raise BadCheckpoint(f"{path} is missing") from None
    except (ValueError, KeyError, TypeError):
        raise BadCheckpoint(f"{path} is damaged") from None


def _batches(folder: Path) -> list[int]:
    """Numbers of the batches that a folder of Spark's has files of, in order."""
    if not folder.is_dir():
        return []
    return sorted(int(path.name) for path in folder.iterdir() if path.name.isdecimal())


def _lines(path: Path, count: int) -> list[str]:
    """The lines of one of Spark's log files: a version, then JSON."""
    try:
        version, *rest = lines = path.read_text().splitlines()
        whole = version == "v1" and len(lines) == count
        if not (whole and all(isinstance(json.loads(line), Mapping) for line in rest)):
            raise BadCheckpoint(f"{path} is damaged")
    except FileNotFoundError:
        raise BadCheckpoint(f"{path} is missing") from None
    except ValueError:
        raise BadCheckpoint(f"{path} is damaged") from None
    return lines

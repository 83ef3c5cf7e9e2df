"""The checkpoint's guard: one job at a time, and none on a checkpoint that must not be used.

    <root>/lock               held by the one job that runs
    <root>/streaming.json     the side file: whose the checkpoint is, and how far it has been
    <root>/log, <root>/trends Spark's own, one for each query

Spark itself notices most damage, but not a checkpoint that was put back to an earlier day, taken
from another topic or deleted: it would count twice, or not at all, and say nothing. What is outside
the checkpoint tells: the side file, the event log, and the offsets beside the buckets in Redis.
Nothing is ever deleted here.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

import msgspec
import psutil

from contracts.files import alone, write_atomically
from contracts.topics import Identity, NextOffsets, from_json_keys, reached
from streaming.statefiles import noted, strange

FORMAT = 1
JAVA_ENDS_WITHIN_S = 5.0
LOCK = "lock"
LOG, TRENDS = "log", "trends"
SIDE_FILE = "streaming.json"


class CheckpointHeld(RuntimeError):
    """Another streaming job runs on the checkpoint."""


class BadCheckpoint(RuntimeError):
    """A checkpoint that is missing, damaged, foreign, older or put back; says what and where."""


class Mark(msgspec.Struct, frozen=True):
    """A query's last committed batch, and the next-offsets that it ended with."""

    query_id: str
    batch: int
    end: dict[int, int]


class SideFile(msgspec.Struct, frozen=True):
    """What the checkpoint is, and how far it is known to have been.

    Attributes:
        identity: of the topic.
        schema: a hash of what the queries keep and how; see `schema_of`.
        begin: by query, the next-offsets where a new one begins; all of the topic where none are.
        marks: by query.
        state: what tells one partition's state from another's; see `streaming.statefiles`.
        starts: how often a job has begun on it.
    """

    identity: Identity
    schema: str
    begin: dict[str, dict[int, int]] = {}
    marks: dict[str, Mark] = {}
    state: dict[int, dict[str, int]] = {}
    starts: int = 0
    format: int = FORMAT


@contextmanager
def held(root: Path) -> Iterator[Callable[[int], None]]:
    """Within, the checkpoint is ours alone; the function that it gives takes our Java's process.

    A job that is killed leaves its lock at once and its Java for seconds, which goes on writing.

    Raises:
        CheckpointHeld: if another job has it, or the Java of one that has ended.
    """
    root.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            lock = stack.enter_context(alone(root / LOCK))
        except BlockingIOError:
            raise CheckpointHeld(f"{root} is in use by another streaming job") from None
        _await_java(root, lock)
        yield lambda pid: _note_java(lock, pid)


def _note_java(lock: TextIO, pid: int) -> None:
    lock.truncate(0)
    lock.write(f"{pid} {psutil.Process(pid).create_time()}\n")
    lock.flush()


def _await_java(root: Path, lock: TextIO) -> None:
    lock.seek(0)
    pid, _, started = lock.read().strip().partition(" ")
    try:
        java = psutil.Process(int(pid or -1))
        if str(java.create_time()) == started:  # else the number is another's by now
            java.wait(JAVA_ENDS_WITHIN_S)
    except psutil.TimeoutExpired:
        raise CheckpointHeld(f"{root} is in use by Java {pid} of a job that has ended") from None
    except (psutil.NoSuchProcess, ValueError):
        return


def schema_of(*parts: object) -> str:
    """A hash of everything that a checkpoint's state depends on besides the topic."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def opened(
    root: Path, identity: Identity, schema: str, landed: NextOffsets, shown: NextOffsets
) -> SideFile:
    """The side file to go on with; a new one where nothing has begun.

    Args:
        root: the checkpoint.
        identity: of the topic.
        schema: what the queries keep now.
        landed: the event log's next-offsets.
        shown: those beside the buckets in Redis.

    Raises:
        BadCheckpoint: if a job must not go on from what is there.
    """
    side = _read(root)
    if side is None:
        _require_a_beginning(root, landed)
        side = SideFile(identity, schema)
    if side.identity != identity:
        raise BadCheckpoint(f"{root} is of {side.identity}, not of {identity}")
    if side.schema != schema:
        raise BadCheckpoint(f"{root} keeps {side.schema}, this version {schema}")
    for name, beyond, where in ((LOG, landed, "event log"), (TRENDS, shown, "store")):
        mark = side.marks.get(name)
        _require_sound(root / name, mark)
        planned = planned_end(root / name) or side.begin.get(name, {})
        if not reached(planned, beyond):
            what = f"{root / name} plans to {dict(planned)}, the {where} has {dict(beyond)}"
            raise BadCheckpoint(f"{what}: it is older")
    if path := strange(root / TRENDS, side.state):
        raise BadCheckpoint(f"{path} is not what its batch has left")
    write(root, side)
    return side


def begun(root: Path, side: SideFile) -> SideFile:
    """The side file with one more start counted."""
    side = msgspec.structs.replace(side, starts=side.starts + 1)
    write(root, side)
    return side


def write(root: Path, side: SideFile) -> None:
    """Replace the side file."""
    write_atomically(root / SIDE_FILE, msgspec.json.encode(side))


def advanced(root: Path, side: SideFile) -> SideFile:
    """The side file, written anew if a query has got on since."""
    found = marks(root)
    if found == side.marks:
        return side
    trends = found.get(TRENDS)
    state = noted(root / TRENDS, trends.batch, side.state) if trends else side.state
    side = msgspec.structs.replace(side, marks=found, state=state)
    write(root, side)
    return side


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


def _read(root: Path) -> SideFile | None:
    try:
        side = msgspec.json.decode((root / SIDE_FILE).read_bytes(), type=SideFile)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadCheckpoint(f"{root / SIDE_FILE} is damaged: {error}") from None
    if side.format != FORMAT:
        raise BadCheckpoint(f"{root / SIDE_FILE} has format {side.format}, not {FORMAT}")
    return side


def _require_a_beginning(root: Path, landed: NextOffsets) -> None:
    """Refuse to begin at the topic's beginning where something has begun already."""
    if any((root / name).exists() for name in (LOG, TRENDS)):
        raise BadCheckpoint(f"{root / SIDE_FILE} is gone")
    if records := sum(landed.values()):
        raise BadCheckpoint(f"{root} is gone, and the event log has {records} records")


def _require_sound(folder: Path, mark: Mark | None) -> None:
    """Refuse what is damaged, and what is not as far as it was."""
    planned, done = _batches(folder / "offsets"), _batches(folder / "commits")
    if not planned and not done and mark is None:
        return  # ended before its first batch
    query_id = _query_id(folder)
    for kind, numbers in (("offsets", planned), ("commits", done)):
        if numbers and numbers != list(range(numbers[0], numbers[-1] + 1)):
            raise BadCheckpoint(f"{folder / kind} has a hole")
        for number in numbers[-2:]:
            _lines(folder / kind / str(number), 3 if kind == "offsets" else 2)
    last, last_done = (numbers[-1] if numbers else -1 for numbers in (planned, done))
    if not last - 1 <= last_done <= last:
        raise BadCheckpoint(f"{folder} has planned batch {last} and committed {last_done}")
    if folder.name == TRENDS and done and not (folder / "state").is_dir():
        raise BadCheckpoint(f"{folder / 'state'} is gone")
    if mark is not None:
        _require_as_far(folder, mark, query_id, last_done)


def _require_as_far(folder: Path, mark: Mark, query_id: str, last_done: int) -> None:
    if query_id != mark.query_id:
        raise BadCheckpoint(f"{folder} is of query {query_id}, not of {mark.query_id}")
    if last_done < mark.batch:
        raise BadCheckpoint(f"{folder} was put back from batch {mark.batch} to {last_done}")
    kept = (folder / "offsets" / str(mark.batch)).exists()  # Spark drops old ones
    if kept and end_of(folder, mark.batch) != mark.end:
        raise BadCheckpoint(f"{folder} has another batch {mark.batch} than it had")


def _query_id(folder: Path) -> str:
    path = folder / "metadata"
    try:
        return str(json.loads(path.read_bytes())["id"])
    except FileNotFoundError:
        raise BadCheckpoint(f"{path} is gone") from None
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
        raise BadCheckpoint(f"{path} is gone") from None
    except ValueError:
        raise BadCheckpoint(f"{path} is damaged") from None
    return lines

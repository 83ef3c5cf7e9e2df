"""Guards the checkpoint: no job goes on from one that must not be used.

    <root>/lock               held by the one job that runs: `streaming.checkpoint_lock`
    <root>/streaming.json     the side file: whose the checkpoint is, and how far it has been
    <root>/log, <root>/trends Spark's own, one for each query: `streaming.checkpoint_files`

Spark itself notices most damage, but not a checkpoint that was put back to an earlier day, taken
from another topic or deleted: it would count twice, or not at all, and say nothing. What is outside
the checkpoint tells: the side file, the event log, and the offsets beside the buckets in Redis.
Nothing is ever deleted here.
"""

import hashlib
from pathlib import Path

import msgspec

from contracts.atomic_files import write_atomically
from contracts.next_offsets import NextOffsets, reached
from contracts.topics import Identity
from streaming.checkpoint_files import LOG, TRENDS, Mark, marks, planned_end, require_sound
from streaming.errors import BadCheckpoint
from streaming.state_checksums import noted, strange

FORMAT = 1
SIDE_FILE = "streaming.json"


class SideFile(msgspec.Struct, frozen=True):
    """What the checkpoint is, and how far it is known to have been.

    Attributes:
        identity: of the topic.
        schema: a hash of what the queries keep and how; see `schema_of`.
        begin: by query, the next-offsets where a new one begins; all of the topic where none are.
        marks: by query.
        state: what tells one partition's state from another's; see `streaming.state_checksums`.
        starts: how often a job has begun on it.
        anew: whether trends start over, so that the offsets in Redis are to be ignored.
    """

    identity: Identity
    schema: str
    begin: dict[str, dict[int, int]] = {}
    marks: dict[str, Mark] = {}
    state: dict[int, dict[str, int]] = {}
    starts: int = 0
    anew: bool = False
    format: int = FORMAT


def schema_of(*parts: object) -> str:
    """A hash of everything that a checkpoint's state depends on besides the topic."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def opened(
    root: Path, identity: Identity, schema: str, landed: NextOffsets, in_store: NextOffsets
) -> SideFile:
    """The side file to go on with; a new one where nothing has started.

    Args:
        root: the checkpoint.
        identity: of the topic.
        schema: what the queries keep now.
        landed: the event log's next-offsets.
        in_store: those beside the buckets in Redis.

    Raises:
        BadCheckpoint: if a job must not go on from what is there.
    """
    side = _read(root)
    if side is None:
        _require_a_beginning(root, landed)
        side = SideFile(identity, schema)
    if side.identity != identity:
        raise BadCheckpoint(f"{root} belongs to {side.identity}, not to {identity}")
    if side.schema != schema:
        raise BadCheckpoint(f"{root} has the schema {side.schema}, but this version {schema}")
    for name, beyond, where in ((LOG, landed, "event log"), (TRENDS, in_store, "store")):
        mark = side.marks.get(name)
        require_sound(root / name, mark)
        planned = planned_end(root / name) or side.begin.get(name, {})
        if not reached(planned, beyond):
            what = f"{root / name} has planned {dict(planned)}, but the {where} has {dict(beyond)}"
            raise BadCheckpoint(f"{what}: the checkpoint is older")
    if path := strange(root / TRENDS, side.state):
        raise BadCheckpoint(f"{path} differs from what its batch wrote")
    write(root, side)
    return side


def begins_anew(root: Path) -> bool:
    """Whether what Redis says that trends reflect is to be forgotten before `opened`.

    Raises:
        BadCheckpoint: if the side file is damaged.
    """
    side = _read(root)
    return side is not None and side.anew


def is_there(root: Path) -> bool:
    """Whether anything of a checkpoint is."""
    return any((root / name).exists() for name in (SIDE_FILE, LOG, TRENDS))


def begun(root: Path, side: SideFile) -> SideFile:
    """The side file with one more start counted; what was to be forgotten is."""
    side = msgspec.structs.replace(side, starts=side.starts + 1, anew=False)
    write(root, side)
    return side


def write(root: Path, side: SideFile) -> None:
    """Replace the side file."""
    write_atomically(root / SIDE_FILE, msgspec.json.encode(side))


def advanced(root: Path, side: SideFile) -> SideFile:
    """The side file, rewritten if a query has progressed since."""
    found = marks(root)
    if found == side.marks:
        return side
    trends = found.get(TRENDS)
    state = noted(root / TRENDS, trends.batch, side.state) if trends else side.state
    side = msgspec.structs.replace(side, marks=found, state=state)
    write(root, side)
    return side


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
        raise BadCheckpoint(f"{root / SIDE_FILE} is missing")
    if records := sum(landed.values()):
        raise BadCheckpoint(f"{root} is missing, but the event log has {records} records")

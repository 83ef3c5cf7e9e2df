"""A job goes on from a sound checkpoint, and refuses every other."""

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from contracts.next_offsets import NextOffsets
from contracts.topics import Identity
from streaming.checkpoint_files import LOG, TRENDS, marks
from streaming.checkpoint_guard import FORMAT, SIDE_FILE, SideFile, begun, opened, write
from streaming.errors import BadCheckpoint
from tests.streaming.checkpoint_builders import (
    EVENTS_A_BATCH,
    IDENTITY,
    SCHEMA,
    end_after,
    spark_query,
    used_checkpoint,
)

NOTHING: NextOffsets = {0: 0, 1: 0}
Harm = Callable[[Path], object]


def open_up(root: Path, landed: NextOffsets = NOTHING, shown: NextOffsets = NOTHING) -> SideFile:
    return opened(root, IDENTITY, SCHEMA, landed, shown)


def put_back(folder: Path, batches: int) -> None:
    for kind in ("offsets", "commits"):
        for path in sorted((folder / kind).iterdir(), key=lambda p: int(p.name))[-batches:]:
            path.unlink()


def put_back_plans(folder: Path, batches: int) -> None:
    for number in range(6 - batches, 6):
        (folder / "offsets" / str(number)).unlink()


def cut(path: Path, share: float = 0.0) -> None:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


def another_batch(folder: Path) -> None:
    path = folder / "offsets" / "4"
    path.write_text(path.read_text().replace(str(5 * EVENTS_A_BATCH), str(7 * EVENTS_A_BATCH)))


DAMAGE: dict[str, tuple[Harm, str]] = {
    "last commit cut": (lambda f: cut(f / "commits" / "4"), "damaged"),
    "last commit gone": (lambda f: (f / "commits" / "4").unlink(), "planned batch 5"),
    "last plan cut": (lambda f: cut(f / "offsets" / "5"), "damaged"),
    "last plan cut in half": (lambda f: cut(f / "offsets" / "5", 0.5), "damaged"),
    "committed plans gone": (lambda f: put_back_plans(f, 2), "planned"),
    "a plan before the last gone": (lambda f: (f / "offsets" / "3").unlink(), "has a gap"),
    "a commit before the last gone": (lambda f: (f / "commits" / "2").unlink(), "has a gap"),
    "metadata gone": (lambda f: (f / "metadata").unlink(), "is missing"),
    "metadata cut": (lambda f: cut(f / "metadata"), "damaged"),
    "metadata of another shape": (lambda f: (f / "metadata").write_text("[]"), "damaged"),
    "of another query": (
        lambda f: (f / "metadata").write_text('{"id": "other"}'),
        "belongs to query other",
    ),
    "put back by two batches": (lambda f: put_back(f, 2), "was restored"),
    "another batch under the same number": (another_batch, "a different batch 4"),
    "all of a query gone": (shutil.rmtree, "is missing"),
}


@pytest.mark.parametrize("name", [LOG, TRENDS])
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_or_rewound_checkpoint_is_refused(tmp_path: Path, name: str, damage: str) -> None:
    used_checkpoint(tmp_path)
    harm, said = DAMAGE[damage]
    harm(tmp_path / name)

    with pytest.raises(BadCheckpoint, match=said) as refused:
        open_up(tmp_path)

    assert str(tmp_path / name) in str(refused.value)


def test_trends_without_their_state_are_refused(tmp_path: Path) -> None:
    used_checkpoint(tmp_path)
    (tmp_path / TRENDS / "state").rmdir()

    with pytest.raises(BadCheckpoint, match="state is missing"):
        open_up(tmp_path)


@pytest.mark.parametrize("planned", [0, 1])
def test_a_sound_checkpoint_is_gone_on_with(tmp_path: Path, planned: int) -> None:
    side = used_checkpoint(tmp_path, planned=planned)

    assert open_up(tmp_path, end_after(5 + planned), end_after(5)) == side


def test_a_checkpoint_that_dropped_its_oldest_batches_is_sound(tmp_path: Path) -> None:
    for name in (LOG, TRENDS):
        spark_query(tmp_path / name, 150, first=50)
    side = SideFile(IDENTITY, SCHEMA, marks=marks(tmp_path))
    write(tmp_path, side)

    assert open_up(tmp_path) == side


def test_a_job_that_died_before_its_side_file_knew_of_a_batch_is_gone_on_with(
    tmp_path: Path,
) -> None:
    side = used_checkpoint(tmp_path, batches=5)
    for name in (LOG, TRENDS):
        shutil.rmtree(tmp_path / name)
        spark_query(tmp_path / name, 7)

    assert open_up(tmp_path, end_after(7), end_after(7)) == side


def test_where_nothing_has_begun_a_side_file_is_written(tmp_path: Path) -> None:
    side = open_up(tmp_path)

    assert side == SideFile(IDENTITY, SCHEMA)
    assert open_up(tmp_path) == side


def test_a_job_that_died_before_its_first_batch_begins_again(tmp_path: Path) -> None:
    open_up(tmp_path)
    for name in (LOG, TRENDS):
        spark_query(tmp_path / name, 0)

    assert open_up(tmp_path).marks == {}


def test_a_checkpoint_that_is_gone_is_not_begun_again(tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match="the event log has 30 records"):
        open_up(tmp_path / "none", landed=end_after(1))

    with pytest.raises(BadCheckpoint, match="the event log has 30 records"):
        open_up(tmp_path / "none", landed=end_after(1))


def test_a_checkpoint_without_its_side_file_is_refused(tmp_path: Path) -> None:
    used_checkpoint(tmp_path)
    (tmp_path / SIDE_FILE).unlink()

    with pytest.raises(BadCheckpoint, match=f"{SIDE_FILE} is missing"):
        open_up(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"identity": {}}'])
def test_a_damaged_side_file_is_refused(tmp_path: Path, content: bytes) -> None:
    used_checkpoint(tmp_path)
    (tmp_path / SIDE_FILE).write_bytes(content)

    with pytest.raises(BadCheckpoint, match="damaged"):
        open_up(tmp_path)


def test_a_side_file_of_another_format_is_refused(tmp_path: Path) -> None:
    write(tmp_path, msgspec.structs.replace(used_checkpoint(tmp_path), format=2))

    with pytest.raises(BadCheckpoint, match="format 2"):
        open_up(tmp_path)


@pytest.mark.parametrize("identity", [Identity("other", "topic", 2), Identity("cluster", "x", 2),
                                      Identity("cluster", "topic", 3)])  # fmt: skip
def test_another_topics_checkpoint_is_refused(tmp_path: Path, identity: Identity) -> None:
    used_checkpoint(tmp_path)

    with pytest.raises(BadCheckpoint, match="belongs to topic topic of cluster cluster"):
        opened(tmp_path, identity, SCHEMA, NOTHING, NOTHING)


def test_a_checkpoint_with_state_of_another_shape_is_refused(tmp_path: Path) -> None:
    used_checkpoint(tmp_path)

    with pytest.raises(BadCheckpoint, match="has the schema as now, but this version as then"):
        opened(tmp_path, IDENTITY, "as then", NOTHING, NOTHING)


@pytest.mark.parametrize(
    ("landed", "shown", "where"),
    [(end_after(7), NOTHING, "event log"), (NOTHING, end_after(7), "store")],
)
def test_a_whole_checkpoint_of_an_earlier_day_is_refused(
    tmp_path: Path, landed: NextOffsets, shown: NextOffsets, where: str
) -> None:
    used_checkpoint(tmp_path, batches=5, planned=1)

    with pytest.raises(BadCheckpoint, match=f"the {where} has .* is older"):
        open_up(tmp_path, landed, shown)


def test_every_start_on_it_is_counted(tmp_path: Path) -> None:
    starts = [begun(tmp_path, open_up(tmp_path)).starts for _ in range(3)]

    assert starts == [1, 2, 3]
    assert open_up(tmp_path).starts == 3


def test_a_side_file_from_before_starts_were_counted_is_gone_on_with(tmp_path: Path) -> None:
    side = {"identity": IDENTITY, "schema": SCHEMA, "begin": {}, "marks": {}, "format": FORMAT}
    (tmp_path / SIDE_FILE).write_bytes(msgspec.json.encode(side))

    assert begun(tmp_path, open_up(tmp_path)).starts == 1

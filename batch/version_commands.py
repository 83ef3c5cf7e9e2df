"""The operator's actions: list the versions, roll back to an older one, hold it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from batch.publishing import LOCK, Publisher
from contracts import artefact
from contracts.active_version import Active
from contracts.artefact import BrokenArtefact, Manifest
from contracts.file_locks import in_turn
from contracts.process_exit import USAGE, Failure, one_line
from contracts.retrain_log_entries import Decision, Hold, Outcome, Release, Retrains
from event_log import Storage
from kafka_clients.retrain_log import RetrainLog


class NothingHeld(Failure):
    """A release without a hold."""

    where = "batch release"
    what_to_do = "nothing to do: retrains that pass are activated"
    code = USAGE


class VersionRow(msgspec.Struct, frozen=True):
    """A decision as `batch models` tells it, or a version that none names.

    Attributes:
        version: the model's number; None where none came of it.
        at: UTC; when it was decided, or the version made; None if nobody knows.
        outcome: what was decided; None for a version that no decision names: a trainer or a
            rollback ended before it could say so.
        reason: why.
        serves: `active`, `previous` or nothing.
        held: whether it is active, and an operator holds it.
        artefact: `whole`, `broken`, `gone`, or nothing where there never was one.
        metrics: the manifest's, by name.
    """

    version: int | None
    at: datetime | None
    outcome: Outcome | None
    reason: str
    serves: str
    held: bool
    artefact: str
    metrics: Mapping[str, float]


def roll_back(
    publisher: Publisher, retrains: RetrainLog, to: int | None, event_log: Storage, *, hold: bool
) -> Decision:
    """Activate an older version again, and record it; raises what `Publisher.roll_back` does.

    With `hold` no retrain activates another until the release; without, an earlier hold ends.
    """

    def decided(version: int) -> None:
        if hold:
            retrains.append(Hold(version, publisher.now_ms()))
        elif retrains.state().held:
            retrains.append(Release(publisher.now_ms()))

    done = publisher.roll_back(to, event_log, decided)
    decision = Decision(
        request_id=f"rollback-{done.token}",
        snapshot=done.manifest.snapshot,
        outcome=Outcome.rolled_back,
        version=done.manifest.version,
        reason=f"by hand, from version {done.before}" if done.before else "by hand",
        decided_at_ms=publisher.now_ms(),
    )
    retrains.append(decision)
    return decision


def release(publisher: Publisher, retrains: RetrainLog) -> int:
    """Let retrains activate again; the version that was held.

    Raises:
        NothingHeld: if none was.
    """
    with in_turn(publisher.artefacts / LOCK):
        hold = retrains.state().held
        if hold:
            retrains.append(Release(publisher.now_ms()))
        publisher.versions.mark_held(False)
    if hold is None:
        raise NothingHeld("no version is held")
    return hold.version


def version_rows(retrains: Retrains, artefacts: Path, active: Active | None) -> list[VersionRow]:
    """All decisions, in order, with what the artefacts say; first, versions that none names."""
    named = {one.version for one in retrains.decisions}
    others = [one for one in artefact.finished(artefacts) if one not in named]
    return [
        *(_unnamed(one, artefacts, active) for one in others),
        *(_decided(one, artefacts, active) for one in retrains.decisions),
    ]


def show(decisions: Iterable[VersionRow]) -> None:
    """Print the same as a table."""
    Console().print(version_table(decisions))


def version_table(decisions: Iterable[VersionRow]) -> Table:
    """The same as a table."""
    table = Table()
    for name in ("version", "at (UTC)", "decision", "serves", "figures", "reason"):
        table.add_column(name, overflow="fold")  # nothing is left out, however narrow it is
    for one in decisions:
        figures = ", ".join(f"{name} {value:.6g}" for name, value in one.metrics.items())
        table.add_row(
            "" if one.version is None else str(one.version),
            f"{one.at:%Y-%m-%d %H:%M:%S}" if one.at else "",
            one.outcome or "",
            f"{one.serves}, held" if one.held else one.serves,
            Text(figures if one.artefact in {"whole", ""} else f"artefact {one.artefact}"),
            Text(one_line(one.reason)),
        )
    return table


def _decided(decision: Decision, artefacts: Path, active: Active | None) -> VersionRow:
    state, manifest = _artefact(artefacts, decision.version)
    return VersionRow(
        version=decision.version,
        at=_utc(decision.decided_at_ms),
        outcome=decision.outcome,
        reason=decision.reason,
        serves=_serves(decision.version, active),
        held=_is_held(decision.version, active),
        artefact=state,
        metrics=manifest.metrics if manifest else decision.figures,
    )


def _unnamed(version: int, artefacts: Path, active: Active | None) -> VersionRow:
    state, manifest = _artefact(artefacts, version)
    return VersionRow(
        version=version,
        at=_utc(manifest.created_at_ms) if manifest else None,
        outcome=None,
        reason=manifest.decision if manifest else "",
        serves=_serves(version, active),
        held=_is_held(version, active),
        artefact=state,
        metrics=manifest.metrics if manifest else {},
    )


def _artefact(artefacts: Path, version: int | None) -> tuple[str, Manifest | None]:
    if version is None:
        return "", None
    if not artefact.folder(artefacts, version).exists():
        return "gone", None
    try:
        return "whole", artefact.read_manifest(artefacts, version)
    except BrokenArtefact:
        return "broken", None


def _serves(version: int | None, active: Active | None) -> str:
    if version is None or active is None:
        return ""
    return {active.previous: "previous", active.version: "active"}.get(version, "")


def _is_held(version: int | None, active: Active | None) -> bool:
    return active is not None and active.held and active.version == version


def _utc(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)

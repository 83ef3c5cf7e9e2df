"""What an operator does: look at the versions that there were, and go back to an older one."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from batch.publishing import Publisher
from contracts import artefact
from contracts.artefact import BrokenArtefact, Manifest
from contracts.edge import one_line
from contracts.eventlog import Place
from contracts.requests import Decision, Outcome, RetrainLog, Retrains
from contracts.store.versions import Active

if TYPE_CHECKING:
    from rich.table import Table


class Told(msgspec.Struct, frozen=True):
    """A decision as `batch models` tells it, or a version that none names.

    Attributes:
        version: the model's number; None where none came of it.
        at: UTC; when it was decided, or the version made; None if nobody knows.
        outcome: what was decided; None for a version that no decision names: a trainer or a
            rollback ended before it could say so.
        reason: why.
        serves: `active`, `previous` or nothing.
        artefact: `whole`, `broken`, `gone`, or nothing where there never was one.
        metrics: the manifest's, by name.
    """

    version: int | None
    at: datetime | None
    outcome: Outcome | None
    reason: str
    serves: str
    artefact: str
    metrics: Mapping[str, float]


def roll_back(
    publisher: Publisher, retrains: RetrainLog, to: int | None, event_log: Place
) -> Decision:
    """Activate an older version again, and record it; raises what `Publisher.roll_back` does."""
    done = publisher.roll_back(to, event_log)
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


def told(retrains: Retrains, artefacts: Path, active: Active | None) -> list[Told]:
    """All decisions, in order, with what the artefacts say; first, versions that none names."""
    named = {one.version for one in retrains.decisions}
    others = [one for one in artefact.finished(artefacts) if one not in named]
    return [
        *(_unnamed(one, artefacts, active) for one in others),
        *(_decided(one, artefacts, active) for one in retrains.decisions),
    ]


def drawn(decisions: Iterable[Told]) -> "Table":
    """The same as a table."""
    from rich.table import Table
    from rich.text import Text

    table = Table("version", "at (UTC)", "decision", "serves", "figures", "reason")
    for one in decisions:
        figures = ", ".join(f"{name} {value:.6g}" for name, value in one.metrics.items())
        table.add_row(
            "" if one.version is None else str(one.version),
            f"{one.at:%Y-%m-%d %H:%M:%S}" if one.at else "",
            one.outcome or "",
            one.serves,
            Text(figures if one.artefact in {"whole", ""} else f"artefact {one.artefact}"),
            Text(one_line(one.reason)),
        )
    return table


def _decided(decision: Decision, artefacts: Path, active: Active | None) -> Told:
    state, manifest = _artefact(artefacts, decision.version)
    return Told(
        version=decision.version,
        at=_utc(decision.decided_at_ms),
        outcome=decision.outcome,
        reason=decision.reason,
        serves=_serves(decision.version, active),
        artefact=state,
        metrics=manifest.metrics if manifest else decision.figures,
    )


def _unnamed(version: int, artefacts: Path, active: Active | None) -> Told:
    state, manifest = _artefact(artefacts, version)
    return Told(
        version=version,
        at=_utc(manifest.created_at_ms) if manifest else None,
        outcome=None,
        reason=manifest.decision if manifest else "",
        serves=_serves(version, active),
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


def _utc(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)

"""What an operator does: look at the versions that there were, and go back to an older one."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from batch.publishing import Publisher
from contracts import artefact
from contracts.artefact import BrokenArtefact
from contracts.eventlog import Place
from contracts.requests import Decision, Outcome, RetrainLog, Retrains
from contracts.store.versions import Active

if TYPE_CHECKING:
    from rich.table import Table


class Told(msgspec.Struct, frozen=True):
    """A decision as `batch models` tells it.

    Attributes:
        version: the model's number; None where none came of it.
        decided_at: UTC.
        outcome: what was decided.
        reason: why.
        serves: `active`, `previous` or nothing.
        artefact: `whole`, `broken`, `gone`, or nothing where there never was one.
        metrics: the manifest's, by name.
    """

    version: int | None
    decided_at: datetime
    outcome: Outcome
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
    """All decisions, in order, with what the artefacts say of their versions."""
    return [_told(one, artefacts, active) for one in retrains.decisions]


def drawn(decisions: Iterable[Told]) -> "Table":
    """The same as a table."""
    from rich.table import Table

    table = Table("version", "decided (UTC)", "decision", "serves", "figures", "reason")
    for one in decisions:
        figures = ", ".join(f"{name} {value:.6g}" for name, value in one.metrics.items())
        table.add_row(
            "" if one.version is None else str(one.version),
            f"{one.decided_at:%Y-%m-%d %H:%M:%S}",
            one.outcome,
            one.serves,
            figures if one.artefact in {"whole", ""} else one.artefact,
            one.reason,
        )
    return table


def _told(decision: Decision, artefacts: Path, active: Active | None) -> Told:
    version = decision.version
    state, metrics = _artefact(artefacts, version)
    return Told(
        version=version,
        decided_at=datetime.fromtimestamp(decision.decided_at_ms / 1000, UTC),
        outcome=decision.outcome,
        reason=decision.reason,
        serves=_serves(version, active),
        artefact=state,
        metrics=metrics,
    )


def _artefact(artefacts: Path, version: int | None) -> tuple[str, Mapping[str, float]]:
    if version is None:
        return "", {}
    if not artefact.folder(artefacts, version).exists():
        return "gone", {}
    try:
        return "whole", artefact.read_manifest(artefacts, version).metrics
    except BrokenArtefact:
        return "broken", {}


def _serves(version: int | None, active: Active | None) -> str:
    if version is None or active is None:
        return ""
    return {active.previous: "previous", active.version: "active"}.get(version, "")

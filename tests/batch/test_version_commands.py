"""What an operator is told of the versions that there were."""

from pathlib import Path

import pytest
from rich.console import Console

from batch.version_commands import version_rows, version_table
from contracts import artefact
from contracts.retrain_log_entries import Decision, Outcome, Retrains, fold
from harness.builders import AT_MS
from tests.batch.pipeline_rig import END, Trainer

pytestmark = pytest.mark.integration


def decisions() -> Retrains:
    said = [(Outcome.promoted, 1), (Outcome.refused, None), (Outcome.refreshed, 2)]
    entries = [
        Decision(f"id-{n}", END, outcome, version, f"because of {n}", AT_MS + n)
        for n, (outcome, version) in enumerate(said)
    ]
    return fold(Retrains(), entries)


def test_every_decision_is_told_with_what_its_artefact_says(batch: Trainer) -> None:
    batch.publish(1, 2)

    found = version_rows(decisions(), batch.artefacts, batch.active())

    assert [(one.version, one.outcome, one.serves, one.artefact) for one in found] == [
        (1, Outcome.promoted, "previous", "whole"),
        (None, Outcome.refused, "", ""),
        (2, Outcome.refreshed, "active", "whole"),
    ]
    assert found[0].metrics == {"ratings": 3.0}
    assert (found[1].reason, found[1].metrics) == ("because of 1", {})
    assert f"{found[0].at:%Y-%m-%d %H:%M}" == "2025-11-20 10:00"


def test_in_a_narrow_table_nothing_is_left_out() -> None:
    figures = {"challenger_hit_rate": 0.109807, "popular_hit_rate": 0.064318}
    said = Decision("id", END, Outcome.refused, None, "because", AT_MS, figures)
    console = Console(width=60)

    with console.capture() as captured:
        console.print(version_table(version_rows(fold(Retrains(), [said]), Path("none"), None)))

    rows = [row.split("│")[5].strip() for row in captured.get().splitlines() if "│" in row]
    assert "challenger_hit_rate" in "".join(rows)
    assert "…" not in captured.get()


def test_an_artefact_that_is_gone_or_broken_is_told(batch: Trainer) -> None:
    batch.publish(1, 2)
    (artefact.folder(batch.artefacts, 1) / "manifest.json").write_text("{}")
    for file in artefact.folder(batch.artefacts, 2).iterdir():
        file.unlink()
    artefact.folder(batch.artefacts, 2).rmdir()

    found = version_rows(decisions(), batch.artefacts, None)

    assert [one.artefact for one in found] == ["broken", "", "gone"]
    assert {one.serves for one in found} == {""}


def test_decisions_are_a_table(batch: Trainer) -> None:
    batch.publish(1)

    table = version_table(version_rows(decisions(), batch.artefacts, batch.active()))

    cells = [list(column.cells) for column in table.columns]
    assert cells[0] == ["1", "", "2"]
    assert cells[2] == ["promoted", "refused", "refreshed"]
    assert cells[3] == ["active", "", ""]
    assert [str(cell) for cell in cells[4]] == ["ratings 3", "", "artefact gone"]


def test_a_version_that_is_held_is_told(batch: Trainer) -> None:
    batch.publish(1, 2)
    batch.versions.mark_held(True)

    found = version_rows(decisions(), batch.artefacts, batch.active())

    assert [one.held for one in found] == [False, False, True]
    assert list(version_table(found).columns[3].cells) == ["previous", "", "active, held"]


def test_a_version_that_no_decision_names_is_told_first(batch: Trainer) -> None:
    batch.publish(1, 2, 3)
    batch.save(4)
    (artefact.folder(batch.artefacts, 4) / "manifest.json").write_text("{}")

    found = version_rows(decisions(), batch.artefacts, batch.active())

    assert [(one.version, one.outcome, one.serves, one.artefact) for one in found[:2]] == [
        (3, None, "active", "whole"),
        (4, None, "", "broken"),
    ]
    assert (found[0].reason, found[0].metrics) == ("promoted", {"ratings": 3.0})
    assert len(found) == 5


def test_a_reason_cannot_draw(batch: Trainer) -> None:
    said = Decision("id", END, Outcome.refused, None, "[red]\x1b[2Jgone", AT_MS)

    table = version_table(version_rows(fold(Retrains(), [said]), batch.artefacts, None))

    assert str(next(iter(table.columns[5].cells))) == "[red]\\x1b[2Jgone"

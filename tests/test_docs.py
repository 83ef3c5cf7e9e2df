"""What the README names is there."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from contracts.artefact import Parameters
from contracts.settings import Settings
from reelstream.cli import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def commands(command: object, name: str = "") -> Iterator[tuple[str, TyperCommand]]:
    if isinstance(command, TyperGroup):
        for child in command.commands.values():
            yield from commands(child, f"{name} {child.name}".strip())
    elif isinstance(command, TyperCommand):
        yield name, command


COMMANDS = dict(commands(typer.main.get_command(app)))


def test_every_setting_is_in_the_readme_and_no_other() -> None:
    named = set(re.findall(r"REELSTREAM_[A-Z_]+", README))

    assert named == {f"REELSTREAM_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    assert COMMANDS[name].help


@pytest.mark.parametrize("name", re.findall(r"\breelstream ((?:[a-z]+ )?[a-z][a-z-]*)", README))
def test_every_command_of_the_readme_is_there(name: str) -> None:
    assert name in COMMANDS or name.split(maxsplit=1)[0] in COMMANDS


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)#:]+)\)", README))
def test_every_file_that_the_readme_links_to_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("target", re.findall(r"(?m)(?:`|^)make ([a-z-]+)", README))
def test_every_make_target_of_the_readme_is_there(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_batch_trains_with_what_was_tuned_for_the_split_in_time() -> None:
    tuned = json.loads((ROOT / "bench" / "tuned.json").read_text())

    assert tuned["prequential"] == msgspec.to_builtins(Parameters()) | {
        "prior_weights": list(Parameters().prior_weights)
    }


def shown(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) and value >= 10_000 else f"{value:g}"


@pytest.mark.parametrize(
    "name",
    [
        "start",
        "producer",
        "generate",
        "resume",
        "streaming",
        "streaming_kills",
        "memory",
        "idle",
        "rebuild",
        "quality",
        "known",
        "attempts",
        "storm",
        "publish",
        "retrain",
        "retrain_beside",
        "engines",
        "freshness",
        "following",
        "workers",
        "folding",
        "speed_kills",
    ],
)
def test_the_measured_figures_are_those_of_a_committed_run(name: str) -> None:
    rows = json.loads((ROOT / "bench" / "results" / f"{name}.json").read_text())["rows"]

    for row in rows:
        if row["figure"].startswith("killed: "):
            continue  # each point's share is in the file
        measured = f"{shown(row['value'])} {row['unit']}".strip()
        assert f"| {row['figure']} | {measured} |" in README


ALS_COLUMNS = (
    "beside implicit: implicit's iteration / ours",
    "beside implicit: our loss / implicit's",
    "beside MLlib: MLlib's iteration / ours",
    "beside MLlib: our loss / MLlib's",
    "warm start: MLlib's ten / ours",
    "warm start: loss / MLlib's, cold",
)


def test_the_figures_of_als_are_those_of_a_committed_run() -> None:
    rows = json.loads((ROOT / "bench" / "results" / "als.json").read_text())["rows"]
    measured = {row["figure"]: f"{row['value']:g} {row['unit']}".strip() for row in rows}

    for name in (
        f"{size} million ratings, rank {rank}" for size in (1, 5, 20) for rank in (32, 64)
    ):
        cells = [measured[f"{name}, {column}"] for column in ALS_COLUMNS]
        assert f"| {name} | {' | '.join(cells)} |" in README
    for figure, value in measured.items():
        if figure.endswith(("ours / MLlib", "CPU a user")) and "/" in figure:
            assert f"| {figure} | {value} |" in README


def test_the_bare_machines_figures_are_those_of_a_committed_run() -> None:
    rows = json.loads((ROOT / "bench" / "results" / "scrubbed.json").read_text())["rows"]
    measured = {row["figure"]: f"{row['value']:g} {row['unit']}".strip() for row in rows}

    for what in ("page answers", "first personal list", "events sent and not counted once"):
        cells = [measured[f"{run}: {what}"] for run in ("cold", "warm", "offline")]
        assert f"| {what} | {' | '.join(cells)} |" in README
    assert f"| set-up | {measured['cold: set-up']} | | |" in README

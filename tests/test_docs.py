"""What the pages name is there, what they show is valid, and what is generated is up to date."""

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from unittest.mock import Mock
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from api.app import create_app
from contracts.hyper_parameters import Parameters
from contracts.settings import Settings
from reelstream.cli import app
from scripts.docs.measured import names
from scripts.docs.pages import PAGES, ROOT, filled

TEXTS = {str(page.relative_to(ROOT)): page.read_text(encoding="utf-8") for page in PAGES}
README = TEXTS["README.md"]
CHECKED_LANGUAGES = {"sh", "console", "json", "python", "sql"}  # sql: in test_readers
PLAIN_LANGUAGES = {"", "text", "mermaid", "promql"}  # as in transcripts

CALL = r"(?<!--model )\breelstream (?=[a-z])"
"""`reelstream` as a command, not as a model's name."""

of_each_page = pytest.mark.parametrize("name", TEXTS)


def commands(command: object, name: str = "") -> Iterator[tuple[str, TyperCommand]]:
    if isinstance(command, TyperGroup):
        for child in command.commands.values():
            yield from commands(child, f"{name} {child.name}".strip())
    elif isinstance(command, TyperCommand):
        yield name, command


COMMANDS = dict(commands(typer.main.get_command(app)))
GROUPS = {name.split()[0] for name in COMMANDS if " " in name}


def options(command: str) -> set[str]:
    """What a command can be given."""
    params = COMMANDS[command].params if command else []
    return {"--help"} | {word for one in params for word in (*one.opts, *one.secondary_opts)}


def blocks(text: str) -> list[tuple[str, str]]:
    """Language and content of every fenced block; indented ones lie within lists."""
    found = re.findall(r"^( *)```(\w*)\n(.*?)^\1```$", text, re.M | re.S)
    return [(language, content) for _, language, content in found]


def spans(text: str) -> list[str]:
    """Every piece of code within a line."""
    outside = re.sub(r"^( *)```.*?^\1```$", "", text, flags=re.M | re.S)
    found = re.findall(r"(`+)((?:(?!\n\n).)+?)\1(?!`)", outside, re.S)
    return [" ".join(content.split()) for _, content in found]


def code(text: str) -> str:
    return "\n".join([*spans(text), *(content for _, content in blocks(text))])


def slugs(text: str) -> set[str]:
    """The anchors of a page's headings, as code hosts and MkDocs make them."""
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    words = [re.sub(r"[^\w\s-]", "", heading.lower()).strip() for heading in headings]
    return {re.sub(r"[\s]+", "-", one) for one in words}


def test_every_setting_is_in_the_pages_and_no_other() -> None:
    named = {name for text in TEXTS.values() for name in re.findall(r"REELSTREAM_[A-Z_]+", text)}

    assert named == {f"REELSTREAM_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    assert COMMANDS[name].help


@of_each_page
def test_every_command_and_option_of_a_page_is_there(name: str) -> None:
    for line in code(TEXTS[name]).splitlines():
        for said in re.split(CALL, line)[1:]:
            words = re.findall(r"[a-z][a-z-]*", said)
            called = next((w for w in (" ".join(words[:2]), words[0]) if w in COMMANDS), "")
            assert called or words[0] in GROUPS, said
            for option in re.findall(r"(?<=\s)--[a-z][a-z-]*", said):
                assert option in options(called), said


@of_each_page
def test_every_link_of_a_page_leads_somewhere(name: str) -> None:
    page = ROOT / name
    for link in re.findall(r"\]\(([^)\s]+)\)", TEXTS[name]):
        if re.match(r"https?://", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if name.startswith("docs/"):
            assert target.is_relative_to(ROOT / "docs"), f"{link} is not on the site"
        if anchor:
            assert anchor in slugs(target.read_text(encoding="utf-8")), link


@of_each_page
def test_every_file_that_a_page_names_is_there(name: str) -> None:
    tops = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"state", "build"}
    for span in spans(TEXTS[name]):
        if re.fullmatch(r"\.?\w+(/[\w.-]+)+", span) and span.split("/")[0] in tops:
            assert "NAME" in span or (ROOT / span).exists(), span


@of_each_page
def test_every_make_target_of_a_page_is_there(name: str) -> None:
    for target in re.findall(r"(?m)(?:^|\s|&& )make ([a-z-]+)", code(TEXTS[name])):
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@of_each_page
def test_every_bench_of_a_page_is_there(name: str) -> None:
    for bench in re.findall(r"make bench NAME=\"?(\w+)", TEXTS[name]):
        found = [
            *(ROOT / "bench").glob(f"{bench}.py"),
            *(ROOT / "bench").glob(f"{bench}/__main__.py"),
        ]
        assert found or bench == "NAME", bench


@cache
def routes() -> dict[str, dict[str, dict[str, object]]]:
    return dict(create_app(Mock()).openapi()["paths"])


@of_each_page
def test_every_address_that_a_page_asks_is_a_route(name: str) -> None:
    for line in re.findall(r"\bcurl .*", code(TEXTS[name]).replace("\\\n", " ")):
        (address,) = re.findall(r"http://127\.0\.0\.1:8000[^'\s]*", line)
        method = (re.findall(r"-X (\w+)", line) or ["GET"])[0].lower()
        parts = urlsplit(address)
        found = [
            methods[method]
            for path, methods in routes().items()
            if method in methods and re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), parts.path)
        ]
        assert found, line
        known = {one["name"] for one in found[0].get("parameters", [])}  # type: ignore[attr-defined]
        assert parse_qs(parts.query).keys() <= known, line


@of_each_page
def test_every_code_block_of_a_page_is_valid(name: str) -> None:
    shell = []
    for language, content in blocks(TEXTS[name]):
        assert language in CHECKED_LANGUAGES | PLAIN_LANGUAGES, content
        if language == "sh":
            shell.append(content)
        elif language == "console":
            shell += [line.removeprefix("$ ") for line in content.splitlines() if line[:2] == "$ "]
        elif language == "json":
            json.loads(content)
        elif language == "python":
            ast.parse(content)
    text = "\n".join(shell).replace("<this repository>", "repository").encode()
    said = subprocess.run(["bash", "-n"], input=text, capture_output=True, check=False)
    assert (said.returncode, said.stderr) == (0, b"")


@of_each_page
def test_what_is_generated_is_up_to_date(name: str) -> None:
    assert filled(TEXTS[name]) == TEXTS[name], "run `make docs`"


def test_the_site_has_every_page() -> None:
    nav = re.findall(r"(?m)^ +- ([\w/-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))

    assert sorted(f"docs/{page}" for page in nav) == sorted(
        name for name in TEXTS if name.startswith("docs/")
    )


def test_the_readme_is_short() -> None:
    assert len(README.split()) <= 1000


def test_the_citation_has_the_readmes_title() -> None:
    title = README.splitlines()[0].removeprefix("# ")

    assert f'title: "{title}"' in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_the_workflow_does_what_ci_does() -> None:
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")

    assert "- run: .ci/run\n" in workflow
    assert "- run: make test-compose\n" in workflow


def test_batch_trains_with_what_was_tuned_but_for_what_tastes_decide() -> None:
    tuned = json.loads((ROOT / "bench" / "tuned.json").read_text())["cut-50"]

    shipped = json.loads(msgspec.json.encode(Parameters()))
    other = {name: value for name, value in shipped.items() if tuned.get(name) != value}
    assert other == {"prior_weights": [0.02, 0, 0], "content_agreement": 3}
    assert tuned["prior_weights"] == [0.06, 0, 0]
    assert shipped.keys() - tuned.keys() == {"content_agreement"}


def results(name: str) -> list[dict[str, object]]:
    rows = json.loads((ROOT / "bench" / "results" / f"{name}.json").read_text())["rows"]
    return list(rows)


def shown(row: dict[str, object]) -> str:
    value = row["value"]
    number = f"{value:,}" if isinstance(value, int) and value >= 10_000 else f"{value:g}"
    return f"{number} {row['unit']}".strip()


@pytest.mark.parametrize("name", sorted(set(names()) - {"bare_machine"}))
def test_the_measured_figures_are_those_of_a_committed_run(name: str) -> None:
    page = TEXTS[f"docs/measured/{name}.md"]

    for row in results(name):
        assert f"| {row['figure']} | {shown(row)} |" in page


ALS_COLUMNS = (
    "beside implicit: implicit's iteration / ours",
    "beside implicit: our loss / implicit's",
    "beside MLlib: MLlib's iteration / ours",
    "beside MLlib: our loss / MLlib's",
    "warm start: MLlib's ten / ours",
    "warm start: loss / MLlib's, cold",
)


def test_the_figures_of_als_are_those_of_a_committed_run() -> None:
    measured = {row["figure"]: shown(row) for row in results("als")}

    for name in (
        f"{size} million ratings, rank {rank}" for size in (1, 5, 20) for rank in (32, 64)
    ):
        cells = [measured[f"{name}, {column}"] for column in ALS_COLUMNS]
        assert f"| {name} | {' | '.join(cells)} |" in TEXTS["docs/measured/als.md"]


def test_the_bare_machines_figures_are_those_of_a_committed_run() -> None:
    measured = {row["figure"]: shown(row) for row in results("bare_machine")}
    page = TEXTS["docs/tutorials/ten-minutes.md"]

    for what in ("page answers", "first personal list", "events sent and not counted once"):
        cells = [measured[f"{run}: {what}"] for run in ("cold", "warm", "offline")]
        assert f"| {what} | {' | '.join(cells)} |" in page
    assert f"| set-up | {measured['cold: set-up']} |  |  |" in page


@pytest.mark.parametrize(
    ("bench", "figures"),
    [
        ("freshness", ["500 a second, beside Spark and a retrain: p50"]),
        ("freshness", ["500 a second, beside Spark and a retrain: p99"]),
        ("streaming", ["ours, processor time an event", "naive, processor time an event"]),
        ("als", ["20 million ratings, rank 64, beside MLlib: MLlib's iteration / ours"]),
        (
            "quality",
            [
                "ml-latest-small, random: reelstream, ndcg@10",
                "ml-latest-small, random: implicit-als, ndcg@10",
            ],
        ),
        ("speed_kills", ["violations that the checker found", "kills, freezes and losses"]),
    ],
)
def test_the_readmes_figures_are_those_of_a_committed_run(bench: str, figures: list[str]) -> None:
    measured = {str(row["figure"]): shown(row) for row in results(bench)}
    _, _, below = README.partition("## What was measured")
    (line,) = [line for line in below.splitlines() if f"](docs/measured/{bench}.md) |" in line]

    assert all(measured[figure] in line for figure in figures)

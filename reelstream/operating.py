"""`reelstream status`, `logs`, `doctor` and `reset`: for whoever runs it."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from contracts.edge import FAILED, UNREACHABLE, USAGE, Failure, until_stopped

if TYPE_CHECKING:
    from contracts.settings import Settings
    from reelstream.checks import Finding
    from reelstream.status import Status

EVERY_S = 1.0

Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, for scripts.")]


def status(
    watch: Annotated[bool, typer.Option("--watch", help="Look again every second.")] = False,
    json: Json = False,
) -> None:
    """Show how everything does: processes, lag, freshness, model, memory.

    Looks at what `reelstream up` or a demo runs on this machine, else at the Kafka and Redis of the
    settings. Exit code 0 if all is well, 20 if something is wrong, 4 if nothing runs.
    """
    from rich.console import Console
    from rich.live import Live

    from reelstream.status_view import drawn

    if json and watch:
        raise Failure("--json and --watch", "status", "give one of them", USAGE)
    seen = _look()
    if json:
        sys.stdout.write(msgspec.json.encode(seen).decode() + "\n")
    elif watch:
        with until_stopped() as stopping, Live(drawn(seen), auto_refresh=False) as live:
            while not stopping():
                time.sleep(EVERY_S)
                seen = _look()
                live.update(drawn(seen), refresh=True)
    else:
        Console().print(drawn(seen))
    if seen.wrong:
        raise typer.Exit(FAILED)


def logs(
    process: Annotated[str, typer.Argument(help="speed, streaming, batch, api, kafka, redis, …")],
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many.")] = 50,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on as it grows, until Ctrl-C.")
    ] = False,
) -> None:
    """Print the end of a process's log: of what runs now, else of what ran last."""
    from contracts.settings import from_environment

    path = _log(from_environment().state, process)
    with path.open("rb") as log:
        sys.stdout.write("".join(f"{line}\n" for line in _last(log.read(), lines)))
        sys.stdout.flush()
        if follow:
            with until_stopped() as stopping:
                while not stopping():
                    sys.stdout.write(log.read().decode(errors="replace"))
                    sys.stdout.flush()
                    time.sleep(0.2)


def doctor(json: Json = False) -> None:
    """Look whether this machine has what a demo needs, and say what to do about what is missing.

    Exit code 0 if a demo can run, else that of the first problem.
    """
    from rich.console import Console

    from contracts.settings import from_environment
    from reelstream.checks import Level
    from reelstream.doctor import drawn

    findings = _findings(from_environment())
    if json:
        sys.stdout.write(msgspec.json.encode(findings).decode() + "\n")
    else:
        Console().print(drawn(findings))
    problems = [one for one in findings if one.level is Level.problem]
    if problems:
        raise typer.Exit(problems[0].code)


def rebuild(json: Json = False) -> None:
    """Write everything that Redis held again: catalogue, lists, trends, histories.

    For a Redis that was flushed or came back empty; nothing is lost by it where all is well. Looks
    for what runs as `reelstream status` does. Streaming and the speed layer see by themselves that
    their data are gone; this waits for them.
    """
    from contracts.settings import from_environment
    from reelstream.rebuild import rebuild as rebuilt
    from reelstream.running import settings_here

    done = rebuilt(settings_here(from_environment()), lambda line: typer.echo(line, err=True))
    if json:
        sys.stdout.write(msgspec.json.encode(done).decode() + "\n")


def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete what `reelstream up` and demos keep: ratings, models, logs. Downloads stay."""
    from contracts.settings import from_environment
    from reelstream.reset import kept, remove, size_mb

    settings = from_environment()
    folders = kept(settings.state)
    said = ", ".join(f"{one} ({size_mb(one)} MB)" for one in folders)
    if folders and not yes:
        _ask(f"Delete {said}?")
    for one in folders:
        remove(one, settings)
    sys.stdout.write(f"deleted {said}\n" if folders else f"nothing is kept in {settings.state}\n")


def _look() -> "Status":
    """How the system does that runs here, or that the settings point at.

    Raises:
        Failure: if there is none.
    """
    from contracts.clock import now_ms
    from contracts.settings import from_environment
    from reelstream.running import what_runs
    from reelstream.status import observer

    settings = from_environment()
    running = what_runs(settings.state)
    seen = observer(running, settings, now_ms()).status()
    if running is None and seen.records is None and not any(p.running for p in seen.processes):
        what, to_do = "nothing runs", "start it with `reelstream up` or `reelstream demo`"
        raise Failure(what, str(settings.state), to_do, UNREACHABLE)
    return seen


def _findings(settings: "Settings") -> "list[Finding]":
    import tempfile

    from contracts.clock import now_ms
    from contracts.settings import cache_folder
    from reelstream import checks

    state, cache = settings.state.resolve(), cache_folder()
    with tempfile.TemporaryDirectory() as scratch:
        java = checks.java(Path(scratch))
    return [
        checks.python(),
        checks.clock(now_ms()),
        java,
        checks.redis(settings),
        checks.kafka(settings),
        checks.jars(cache / "jars"),
        checks.data(settings, cache),
        checks.port(settings),
        checks.writable("State", state, "REELSTREAM_STATE"),
        checks.disk(state),
        checks.memory(),
        checks.browser(),
    ]


def _log(state: Path, process: str) -> Path:
    """The log of a process of the run that is there, else of the one that was last.

    Raises:
        Failure: if there is none; names those that are.
    """
    from reelstream.running import COMMANDS

    found = [log for command in COMMANDS for log in (state / command / "logs").glob("*.log")]
    newest = max(found, key=lambda log: log.stat().st_mtime_ns, default=None)
    if newest is None:
        what, to_do = "no logs are kept", "start it with `reelstream up` or `reelstream demo`"
        raise Failure(what, str(state), to_do, USAGE)
    log = newest.with_name(f"{process}.log")
    if log not in found:
        known = ", ".join(sorted(one.stem for one in found if one.parent == newest.parent))
        raise Failure(
            f"{process!r} keeps no log", str(newest.parent), f"take one of {known}", USAGE
        )
    return log


def _last(content: bytes, lines: int) -> list[str]:
    return content.decode(errors="replace").splitlines()[-lines:]


def _ask(question: str) -> None:
    if not sys.stdin.isatty():
        raise Failure("nobody can be asked", "stdin", "say --yes", USAGE)
    if not typer.confirm(question):
        raise Failure("nothing was deleted", "reset", "answer y to delete", USAGE)

"""`reelstream status`, `logs`, `doctor`, `rebuild` and `reset`: the operator's commands."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.command_output import print_result
from contracts.lazy_module import LazyModule
from contracts.process_exit import FAILED, USAGE, Failure

if TYPE_CHECKING:
    from reelstream import doctor_view, operator_wiring, show_logs, status_view
else:
    doctor_view = LazyModule("reelstream.doctor_view")
    show_logs = LazyModule("reelstream.show_logs")
    status_view = LazyModule("reelstream.status_view")
    operator_wiring = LazyModule("reelstream.operator_wiring")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")]


def status(
    watch: Annotated[bool, typer.Option("--watch", help="Refresh every second.")] = False,
    json: Json = False,
) -> None:
    """Show the state of everything: processes, lag, freshness, model, memory.

    Looks at what `reelstream up` or a demo runs on this machine, else at the Kafka and Redis of the
    settings. Exit code 0 if all is well, 20 if something is wrong, 4 if nothing is running.
    """
    if json and watch:
        raise Failure("both --json and --watch", "status", "give one of them", USAGE)
    seen = operator_wiring.look()
    if json:
        print_result(seen, "", as_json=True)
    elif watch:
        seen = status_view.watch(seen, operator_wiring.look)
    else:
        status_view.show(seen)
    if seen.wrong:
        raise typer.Exit(FAILED)


def logs(
    process: Annotated[str, typer.Argument(help="speed, streaming, batch, api, kafka, redis, …")],
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="Number of lines.")] = 50,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Keep printing new lines until Ctrl-C.")
    ] = False,
) -> None:
    """Print the end of a process's log, of the current run or the last one."""
    show_logs.show(process, lines, follow)


def doctor(json: Json = False) -> None:
    """Check that this machine has what a demo needs, and say what to do if not.

    Exit code 0 if a demo can run, else that of the first problem.
    """
    findings = operator_wiring.findings()
    if json:
        print_result(findings, "", as_json=True)
    else:
        doctor_view.show(findings)
    problems = [one for one in findings if one.found_wrong]
    if problems:
        raise typer.Exit(problems[0].code)


def rebuild(json: Json = False) -> None:
    """Write everything to Redis again: catalogue, lists, trends, histories.

    For a Redis that was flushed, came back empty or holds damaged values; harmless otherwise. Looks
    for what is running as `reelstream status` does. Streaming and the speed layer notice by
    themselves that their data are missing; this waits for them. If nothing is running, the Kafka
    and Redis of `reelstream up` are started meanwhile.
    """
    done = operator_wiring.rebuild(lambda line: typer.echo(line, err=True))
    if json:
        print_result(done, "", as_json=True)


def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Delete what `reelstream up` and demos have saved: ratings, models, logs; not downloads.

    Also deletes what single processes, such as `reelstream streaming run`, have left in the state
    folder. Lists everything and asks first; the topics of a Kafka of your own are not deleted.
    """
    sys.stdout.write(f"{operator_wiring.reset(yes)}\n")

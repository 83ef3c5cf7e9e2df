"""The steps of a set-up, each a program that writes into its log."""

import re
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from contracts.process_exit import FAILED, Failure
from scripts import pip_failures
from scripts.missing_packages import half_installed
from scripts.setup_context import SetupContext

PLAIN = ("--disable-pip-version-check", "--no-input", "--no-color", "--progress-bar", "off")
Step = Callable[[SetupContext], None]


def make_venv(context: SetupContext) -> None:
    """A new virtual environment in the place of one that is broken or none."""
    shutil.rmtree(context.venv)
    context.scratch.mkdir(parents=True)
    code, lines = context.run(sys.executable, "-m", "venv", context.venv)
    if code:
        raise see_log(context, "cannot create a virtual environment", lines)


def installer(lock: str, no_wheel: Failure | None = None) -> Step:
    """A step that installs what a lock lists.

    Args:
        lock: its path within the project.
        no_wheel: what to say if there is no wheel for this machine; then nothing is built.
    """

    def install(context: SetupContext) -> None:
        for record in half_installed(context.site_packages):
            shutil.rmtree(record)
        wheels = ["--only-binary", ":all:"] if no_wheel else []
        pip(context, no_wheel, "--require-hashes", *wheels, "-r", context.project / lock)

    return install


def install_reelstream(context: SetupContext) -> None:
    """Reelstream itself, from its own folder."""
    pip(context, None, "--editable", context.project)


def pip(context: SetupContext, no_wheel: Failure | None, *options: str | Path) -> None:
    """Run `pip install`.

    Raises:
        Failure: if it fails.
    """
    command = (context.python, "-m", "pip", "install", "--no-deps", *PLAIN, *options)
    code, lines = context.run(*command)
    if code and no_wheel and pip_failures.has_no_wheel(lines):
        raise no_wheel
    if code:
        raise pip_failures.failure(lines, context.log)


def fetch_jars(context: SetupContext) -> None:
    """The jars, by Reelstream itself."""
    code, lines = context.run(context.python, "-m", "reelstream", "jars")
    if not code:
        return
    for line in reversed(lines):
        if said := re.match(r"error: (.*) \((.*?)\): (.*)", line):
            raise Failure(said[1], said[2], said[3], code)
    raise see_log(context, "the jars could not be downloaded", lines)


def make_class_archive(context: SetupContext) -> None:
    """The archive that Spark's Java starts faster from."""
    code, lines = context.run(context.python, "-m", "scripts.class_archive")
    if code:
        raise see_log(context, "Spark does not run", lines)


def side_by_side(*steps: Step) -> Step:
    """Steps that do not need each other, as one; the first failure of them is told.

    Their programs end with the thread that started them (`die_with_parent`): it waits for them.
    """

    def all_of_them(context: SetupContext) -> None:
        with ThreadPoolExecutor(len(steps)) as threads:
            logs = [f"setup-{number}.log" for number, _ in enumerate(steps, 1)]
            running = [
                threads.submit(step, context.beside(log))
                for step, log in zip(steps, logs, strict=True)
            ]
            while not all(one.done() for one in running):
                context.tick()
            for one in running:
                one.result()

    return all_of_them


def see_log(context: SetupContext, what: str, lines: list[str]) -> Failure:
    """What failed, with the last that it said; the rest is in the log."""
    complaint = f"{what}: {pip_failures.complaint(lines)}"
    return Failure(complaint, str(context.log), "see the log", FAILED)

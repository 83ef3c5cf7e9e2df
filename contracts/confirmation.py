"""Asking before something is given up."""

import sys

import typer

from contracts.process_exit import USAGE, Failure


def require_yes(question: str) -> None:
    """Ask for confirmation.

    Raises:
        Failure: if the answer is no, or there is no terminal.
    """
    if not sys.stdin.isatty():
        raise Failure("no terminal to confirm", "stdin", "pass --yes", USAGE)
    if not typer.confirm(question, err=True):
        raise Failure("nothing was done", "stdin", "answer y to continue", USAGE)

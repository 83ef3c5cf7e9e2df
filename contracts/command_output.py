"""What a command prints when it is done."""

import sys

import msgspec


def print_result(value: object, text: str, as_json: bool) -> None:
    """Print one line on stdout: a value as JSON for programs, or a text for people."""
    sys.stdout.write(f"{msgspec.json.encode(value).decode() if as_json else text}\n")

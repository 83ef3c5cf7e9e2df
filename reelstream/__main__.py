"""The one command."""

import sys

INTERRUPTED = 130
"""As in `contracts.edge`, known before anything is imported."""


def main() -> None:
    """Run `reelstream`; a known error ends as one line on stderr and its exit code."""
    try:
        _run()
    except KeyboardInterrupt:
        _say_interrupted()
        sys.exit(INTERRUPTED)


def _run() -> None:
    # Imported here: whoever presses Ctrl-C during the first half second sees no traceback either.
    import logging

    from reelstream.cli import app
    from reelstream.errors import described, known

    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # It repeats a lost connection many times a second; what matters reaches us as an error.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    try:
        app()
    except SystemExit as ended:
        if ended.code == INTERRUPTED:  # Typer has made an exit of Ctrl-C
            _say_interrupted()
        raise
    except known() as error:  # asked only when something has failed
        failure = described(error)
        if failure is None:
            raise
        sys.stderr.write(f"{failure}\n")
        sys.exit(failure.code)


def _say_interrupted() -> None:
    sys.stderr.write("interrupted\n")


if __name__ == "__main__":
    main()

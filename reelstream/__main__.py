"""The entry point of the `reelstream` command."""

import gc
import os
import sys

PROCESSES = ("api", "batch", "speed", "streaming")
"""Rooms whose processes tell in their logs that they have started, and what they have done."""
INTERRUPTED = 130
"""As in `contracts.process_exit`, known before anything is imported."""


def main() -> None:
    """Run `reelstream`; a known error ends as one line on stderr and its exit code."""
    try:
        _run()
    except KeyboardInterrupt:
        _end_interrupted()
    finally:
        # All that is loaded would be looked through once more at the end: half a second of a core,
        # which on a busy machine takes many.
        gc.freeze()


def _run() -> None:
    # Imported here: whoever presses Ctrl-C during the first half second sees no traceback either.
    from contracts.clean_environment import begin

    begin()  # before anything is imported that reads the environment
    import logging

    from reelstream.cli import app
    from reelstream.error_translation import as_failure, known

    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for room in PROCESSES:
        logging.getLogger(room).setLevel(logging.INFO)
    # It repeats a lost connection many times a second; what matters reaches us as an error.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    try:
        app()
    except SystemExit as ended:
        if ended.code == INTERRUPTED:  # Typer has made an exit of Ctrl-C
            _end_interrupted()
        raise
    except known() as error:  # asked only when something has failed
        failure = as_failure(error)
        if failure is None:
            raise
        sys.stderr.write(f"error: {failure.line}\n")
        sys.exit(failure.code)


def _end_interrupted() -> None:
    """At once: Python itself would end by the signal if that came while it compiled some text."""
    sys.stderr.write("interrupted\n")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()

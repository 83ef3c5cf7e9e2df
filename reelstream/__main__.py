"""The one command."""

import logging
import sys

from contracts.edge import INTERRUPTED
from contracts.store.connection import StoreError
from reelstream.cli import app
from reelstream.errors import described


def main() -> None:
    """Run `reelstream`; a known error ends as one line on stderr and its exit code."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # It repeats a lost connection many times a second; what matters reaches us as an error.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except (OSError, RuntimeError, ValueError, LookupError, StoreError) as error:
        failure = described(error)
        if failure is None:
            raise
        sys.stderr.write(f"{failure}\n")
        sys.exit(failure.code)


if __name__ == "__main__":
    main()

"""The one command."""

from contracts.edge import main as run
from reelstream.cli import app


def main() -> None:
    """Run `reelstream`."""
    run(app)


if __name__ == "__main__":
    main()

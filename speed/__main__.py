"""`python -m speed`."""

from contracts.edge import main
from speed.cli import app

main(app)

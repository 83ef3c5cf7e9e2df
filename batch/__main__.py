"""`python -m batch`."""

from batch.cli import app
from contracts.edge import main

main(app)

"""`python -m streaming`."""

from contracts.edge import main
from streaming.cli import app

main(app)

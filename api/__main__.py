"""`python -m api`."""

from api.cli import app
from contracts.edge import main

main(app)

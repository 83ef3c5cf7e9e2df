"""`python -m producer`."""

from contracts.edge import main
from producer.cli import app

main(app)

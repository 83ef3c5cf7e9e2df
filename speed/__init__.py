"""The speed layer: keeps each person's history and list up to date within a second."""

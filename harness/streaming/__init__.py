"""A streaming job that is killed."""

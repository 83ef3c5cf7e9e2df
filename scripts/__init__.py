"""Scripts run from the project's folder: set-up, the bare-machine test, pictures."""

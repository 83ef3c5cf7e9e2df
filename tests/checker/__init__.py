"""The conservation law, checked by plain Python that shares no code with what it checks."""
